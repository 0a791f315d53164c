// A partner in Go: FOLDER WHO URL [WHO URL]… prints `WHO STATUS BODY` or `WHO error MESSAGE` for each.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	folder := os.Args[1]
	for at := 2; at+1 < len(os.Args); at += 2 {
		status, body, err := get(folder, os.Args[at], os.Args[at+1])
		if err != nil {
			fmt.Printf("%s error %v\n", os.Args[at], err)
		} else {
			fmt.Printf("%s %d %s\n", os.Args[at], status, strings.Join(strings.Fields(body), " "))
		}
	}
}

func get(folder, who, url string) (int, string, error) {
	authority, err := os.ReadFile(folder + "/ca.pem")
	if err != nil {
		return 0, "", err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	config := &tls.Config{RootCAs: roots}
	if who != "none" {
		pair, err := tls.LoadX509KeyPair(folder+"/"+who+".pem", folder+"/"+who+".key")
		if err != nil {
			return 0, "", err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config}}
	response, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}
