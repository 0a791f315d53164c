package main

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
)

// One certificate a line, base64 of its DER; prints one line each: ok, or why not.
func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		der, err := base64.StdEncoding.DecodeString(lines.Text())
		if err == nil {
			_, err = x509.ParseCertificate(der)
		}
		if err == nil {
			fmt.Println("ok")
		} else {
			fmt.Println("no: " + strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
}
