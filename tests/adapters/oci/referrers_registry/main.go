// A registry of go-containerregistry with the referrers API, which `crane registry serve` leaves off.
//
// Not needed to run the tests: they use it where they find it. To build it:
//
//	go build -o ~/go/bin/ggcr-registry .
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	log.Fatal(http.ListenAndServe(os.Args[1], registry.New(registry.WithReferrersSupport(true))))
}
