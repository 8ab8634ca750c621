package chhttp_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/chhttp"
	"github.com/freshetdb/freshet/query/engine"
)

// TestLargeStatement sends a statement beyond max_query_size as clients do that read
// only when all is sent.
func TestLargeStatement(t *testing.T) {
	s := httptest.NewServer(chhttp.New(engine.New(engine.DefaultConfig(), noTables{})))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := "SELECT '" + strings.Repeat("x", 32<<20) + "'"
	if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || !strings.Contains(string(text), "Code: 62") {
		t.Errorf("%q, %v", text, err)
	}
}

// TestUnknownDatabase names one that is not there.
func TestUnknownDatabase(t *testing.T) {
	r := ask(t, "database=nope", strings.NewReader("SELECT 1"))
	if code := r.header.Get("X-ClickHouse-Exception-Code"); code != "81" {
		t.Errorf("code %s: %s", code, r.body)
	}
}
