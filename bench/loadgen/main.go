// Minimal HTTP/1.1-over-TLS load generator with client certificates.
// mode=ka: N persistent connections, raw request write + minimal response parse.
// mode=hs: N workers, each: TCP+full TLS handshake (no session cache) + 1 request (Connection: close semantics done by client), count per second.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var clen = []byte("content-length:")

func readResp(br *bufio.Reader) (status int, n int, err error) {
	line, err := br.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 {
		return 0, 0, fmt.Errorf("short status line")
	}
	status, _ = strconv.Atoi(string(line[9:12]))
	length := -1
	chunked := false
	for {
		line, err = br.ReadSlice('\n')
		if err != nil {
			return status, 0, err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > 15 && (line[0] == 'C' || line[0] == 'c') && bytes.EqualFold(line[:15], clen) {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(line[15:])))
		} else if (line[0] == 't' || line[0] == 'T') && bytes.Contains(bytes.ToLower(line), []byte("chunked")) {
			chunked = true
		}
	}
	if chunked {
		for {
			line, err = br.ReadSlice('\n')
			if err != nil {
				return status, n, err
			}
			sz, e := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
			if e != nil {
				return status, n, e
			}
			if _, err = br.Discard(int(sz) + 2); err != nil {
				return status, n, err
			}
			n += int(sz)
			if sz == 0 {
				return status, n, nil
			}
		}
	}
	if length > 0 {
		if _, err = br.Discard(length); err != nil {
			return status, 0, err
		}
	}
	return status, length, nil
}

// readKeyPair reads what tls.LoadX509KeyPair does without a look at the certificate: what a client sends is for the server to judge.
func readKeyPair(certFile, keyFile string) tls.Certificate {
	var pair tls.Certificate
	rest, err := os.ReadFile(certFile)
	must(err)
	for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
		pair.Certificate = append(pair.Certificate, block.Bytes)
	}
	text, err := os.ReadFile(keyFile)
	must(err)
	block, _ := pem.Decode(text)
	if block == nil {
		must(fmt.Errorf("%s: no PEM block", keyFile))
	}
	pair.PrivateKey, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	must(err)
	return pair
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8443", "")
	mode := flag.String("mode", "ka", "ka|hs|plain")
	n := flag.Int("c", 16, "connections")
	dur := flag.Duration("d", 8*time.Second, "duration")
	warm := flag.Duration("w", 0, "warmup not counted")
	cert := flag.String("cert", "", "")
	key := flag.String("key", "", "")
	ca := flag.String("ca", "", "")
	tlsmax := flag.String("max", "1.3", "")
	skip := flag.Bool("k", false, "skip server chain verification")
	curves := flag.Bool("defcurves", false, "Go default curves (X25519MLKEM768 first)")
	path := flag.String("path", "/x", "")
	flag.Parse()
	cfg := &tls.Config{ServerName: "localhost", InsecureSkipVerify: *skip, MinVersion: tls.VersionTLS12,
		CurvePreferences: []tls.CurveID{tls.X25519}}
	if *tlsmax == "1.2" {
		cfg.MaxVersion = tls.VersionTLS12
	}
	if *curves {
		cfg.CurvePreferences = nil
	}
	if *ca != "" {
		text, err := os.ReadFile(*ca)
		must(err)
		p := x509.NewCertPool()
		p.AppendCertsFromPEM(text)
		cfg.RootCAs = p
	}
	if *cert != "" {
		c := readKeyPair(*cert, *key)
		// always send, whatever acceptable CAs are listed
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
	}
	req := []byte("GET " + *path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: lg\r\nAccept: */*\r\n\r\n")
	reqClose := []byte("GET " + *path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: lg\r\nAccept: */*\r\nConnection: close\r\n\r\n")
	var stop atomic.Bool
	var counting atomic.Bool
	counting.Store(*warm == 0)
	var mu sync.Mutex
	var all []float64
	var errs, non200, bytesN int64
	var firstErr error
	var ver uint16
	var wg sync.WaitGroup
	dial := func() (net.Conn, error) {
		c, err := net.Dial("tcp", *addr)
		if err != nil {
			return nil, err
		}
		if *mode == "plain" {
			return c, nil
		}
		tc := tls.Client(c, cfg)
		if err := tc.Handshake(); err != nil {
			c.Close()
			return nil, err
		}
		return tc, nil
	}
	for i := 0; i < *n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			lat := make([]float64, 0, 1<<16)
			var le, ln, lb int64
			var fe error
			defer func() {
				mu.Lock()
				all = append(all, lat...)
				errs += le
				non200 += ln
				bytesN += lb
				if firstErr == nil {
					firstErr = fe
				}
				mu.Unlock()
			}()
			fail := func(err error) {
				le++
				if fe == nil {
					fe = err
				}
				time.Sleep(5 * time.Millisecond)
			}
			if *mode == "hs" {
				br := bufio.NewReaderSize(nil, 8192)
				for !stop.Load() {
					t0 := time.Now()
					c, err := dial()
					if err != nil {
						fail(err)
						continue
					}
					c.Write(reqClose)
					br.Reset(c)
					st, b, err := readResp(br)
					c.Close()
					if err != nil {
						fail(err)
						continue
					}
					if counting.Load() {
						lat = append(lat, float64(time.Since(t0).Nanoseconds())/1e3)
						lb += int64(b)
						if st != 200 {
							ln++
						}
					}
				}
				return
			}
			var c net.Conn
			var br *bufio.Reader
			for !stop.Load() {
				if c == nil {
					var err error
					c, err = dial()
					if err != nil {
						c = nil
						fail(err)
						continue
					}
					if tc, ok := c.(*tls.Conn); ok {
						mu.Lock()
						ver = tc.ConnectionState().Version
						mu.Unlock()
					}
					br = bufio.NewReaderSize(c, 8192)
				}
				t0 := time.Now()
				if _, err := c.Write(req); err != nil {
					fail(err)
					c.Close()
					c = nil
					continue
				}
				st, b, err := readResp(br)
				if err != nil {
					if err != io.EOF {
						fail(err)
					} else {
						fail(fmt.Errorf("EOF"))
					}
					c.Close()
					c = nil
					continue
				}
				if counting.Load() {
					lat = append(lat, float64(time.Since(t0).Nanoseconds())/1e3)
					lb += int64(b)
					if st != 200 {
						ln++
					}
				}
			}
			if c != nil {
				c.Close()
			}
		}()
	}
	if *warm > 0 {
		time.Sleep(*warm)
		counting.Store(true)
	}
	t0 := time.Now()
	time.Sleep(*dur)
	el := time.Since(t0)
	stop.Store(true)
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
	}
	mu.Lock()
	sort.Float64s(all)
	q := func(p float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return all[int(p*float64(len(all)-1))]
	}
	out := map[string]any{"rps": float64(len(all)) / el.Seconds(), "n": len(all), "p50us": q(.5), "p99us": q(.99), "maxus": q(1), "errs": errs, "non200": non200, "bytes": bytesN, "tls": tls.VersionName(ver)}
	if firstErr != nil {
		out["firstErr"] = firstErr.Error()
	}
	json.NewEncoder(os.Stdout).Encode(out)
	mu.Unlock()
}
