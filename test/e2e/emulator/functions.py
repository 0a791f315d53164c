"""Lambda: the code lies in /var/task on AWS; the emulator runs it from a folder of its own. Settings that name files get that folder."""

import ministack.core.lambda_runtime as runtime

ANCHOR = "process.env.LAMBDA_TASK_ROOT = code_dir;"
RELOCATE = """
      for (const [name, value] of Object.entries(process.env)) {
        if (value.includes("/var/task/")) process.env[name] = value.replaceAll("/var/task/", code_dir + "/");
      }"""


def patch():
    scripts = [name for name, value in vars(runtime).items() if isinstance(value, str) and ANCHOR in value]
    if not scripts:
        raise SystemExit("the Node worker of this ministack is not the one that these patches know")
    for name in scripts:
        setattr(runtime, name, getattr(runtime, name).replace(ANCHOR, ANCHOR + RELOCATE))
