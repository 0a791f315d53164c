#!/usr/bin/env python3
"""OpenStack Swift with its S3 API in a folder, one replica, on free ports of 127.0.0.1: `python servers.py FOLDER`. For tests only.

Prints the port of the S3 API when it answers. One user: access key `test:tester`, secret `testing`, Region us-east-1.
"""

import os
import signal
import sys

import eventlet

eventlet.monkey_patch()

from swift.common.ring import RingBuilder
from swift.common.storage_policy import reload_storage_policies
from swift.common.utils import get_logger, set_swift_dir
from swift.common.wsgi import loadapp, run_server

SERVERS = ("account", "container", "object")
PROXY = """
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth copy slo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
paste.filter_factory = servers:memory_cache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""


class NoCache:
    """Swift asks for a memcached; one that never has anything is enough."""

    def get(self, *_, **__):
        return None

    def set(self, *_, **__):
        return None

    delete = set_multi = incr = decr = set

    def get_multi(self, keys, *_, **__):
        return [None for _ in keys]


def memory_cache(_conf, **_local):
    def wrap(app):
        def call(environ, start_response):
            environ["swift.cache"] = NoCache()
            return app(environ, start_response)

        return call

    return wrap


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def ring(folder, server, port):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, f"{server}.ring.gz"))


def serve(folder, name, path, listener):
    logger = get_logger({"log_level": "ERROR"}, name)
    conf = {"__file__": path, "swift_dir": folder, "workers": "0", "bind_port": str(listener.getsockname()[1])}
    loadapp(path, global_conf={"log_name": name})
    run_server({**conf, "log_name": name, "client_timeout": "60"}, logger, listener, global_conf={"log_name": name})


def main(folder):
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    os.makedirs(os.path.join(folder, "devices/d1"), exist_ok=True)
    write(folder, "swift.conf", "[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = one\ndefault = yes\n")
    set_swift_dir(folder)
    reload_storage_policies()
    common = f"[DEFAULT]\nswift_dir = {folder}\ndevices = {folder}/devices\nmount_check = false\nlog_level = ERROR\nworkers = 0\n"
    children = []
    for name in (*SERVERS, "proxy"):
        listener = eventlet.listen(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        if name == "proxy":
            text = common + PROXY
        else:
            ring(folder, name, port)
            text = f"{common}bind_port = {port}\n[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n"
        path = write(folder, f"{name}.conf", text)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            serve(folder, name, path, listener)
            os._exit(0)
        children.append(child)

    def end(*_):
        for child in children:
            os.kill(child, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    print(port, flush=True)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
