package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
)

func read(words string) (found []*x509.Certificate, err error) {
	for _, word := range strings.Fields(words) {
		der, _ := base64.StdEncoding.DecodeString(word)
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
	return found, nil
}

func admits(line string) error {
	sides := strings.Split(line, "|")
	trusted, err := read(sides[0])
	if err != nil {
		return err
	}
	presented, err := read(sides[1])
	if err != nil {
		return err
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, one := range trusted {
		options.Roots.AddCert(one)
	}
	for _, one := range presented[1:] {
		options.Intermediates.AddCert(one)
	}
	// crypto/tls asks for this too, before it looks at the client's signature.
	switch presented[0].PublicKey.(type) {
	case *ecdsa.PublicKey, *rsa.PublicKey, ed25519.PublicKey:
	default:
		return fmt.Errorf("a public key of type %T", presented[0].PublicKey)
	}
	_, err = presented[0].Verify(options)
	return err
}

// A line: trusted certificates, a bar, what a client presents, as crypto/tls verifies it; prints ok, or why it is not let in.
func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		if err := admits(lines.Text()); err == nil {
			fmt.Println("ok")
		} else {
			fmt.Println("no: " + strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
}
