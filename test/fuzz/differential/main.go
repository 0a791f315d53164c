// Verdicts of Go's crypto/x509 on chains, one JSON document a line: {"id","root","intermediates","leaf","at"}, all base64 DER,
// `at` in seconds. Answers {"id","ok","error"} in the same order. Only the standard library.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type chain struct {
	ID            int      `json:"id"`
	Root          []byte   `json:"root"`
	Intermediates [][]byte `json:"intermediates"`
	Leaf          []byte   `json:"leaf"`
	At            int64    `json:"at"`
}

type verdict struct {
	ID    int    `json:"id"`
	OK    bool   `json:"ok"`
	Error string `json:"error"`
}

func judge(c chain) error {
	options := x509.VerifyOptions{
		Roots:         x509.NewCertPool(),
		Intermediates: x509.NewCertPool(),
		CurrentTime:   time.Unix(c.At, 0),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	root, err := x509.ParseCertificate(c.Root)
	if err != nil {
		return fmt.Errorf("root: %w", err)
	}
	options.Roots.AddCert(root)
	for _, der := range c.Intermediates {
		// what cannot be read does not exist
		if intermediate, err := x509.ParseCertificate(der); err == nil {
			options.Intermediates.AddCert(intermediate)
		}
	}
	leaf, err := x509.ParseCertificate(c.Leaf)
	if err != nil {
		return fmt.Errorf("leaf: %w", err)
	}
	_, err = leaf.Verify(options)
	return err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var c chain
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		answer := verdict{ID: c.ID, OK: true}
		if err := judge(c); err != nil {
			answer.OK, answer.Error = false, err.Error()
		}
		if err := answers.Encode(answer); err != nil {
			os.Exit(1)
		}
	}
}
