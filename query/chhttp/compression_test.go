package chhttp_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/freshetdb/freshet/query/chhttp"
	"github.com/freshetdb/freshet/query/engine"
)

// TestCutBodies sends statements whose compressed body ends early, is followed by something, or is damaged.
func TestCutBodies(t *testing.T) {
	sql := "/*" + strings.Repeat("abcdefghi", 20) + "*/ SELECT 1 + 1; --"
	for encoding, open := range map[string]func(w io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
		"lz4": func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) },
	} {
		var b bytes.Buffer
		w := open(&b)
		if _, err := io.WriteString(w, sql); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if r := ask(t, "", bytes.NewReader(b.Bytes()), "Content-Encoding", strings.ToUpper(encoding)); string(r.body) != "2\n" {
			t.Errorf("%s, whole: %d %s", encoding, r.status, r.body)
		}
		for _, n := range []int{0, 1, 5, b.Len() / 2, b.Len() - 1} {
			r := ask(t, "", bytes.NewReader(b.Bytes()[:n]), "Content-Encoding", encoding)
			if code := r.header.Get("X-ClickHouse-Exception-Code"); code != "33" || !strings.Contains(string(r.body), "ended early") {
				t.Errorf("%s, %d of %d bytes: code %s %s", encoding, n, b.Len(), code, r.body)
			}
		}
		whole := bytes.Clone(b.Bytes())
		for _, x := range []struct{ more, answer, code string }{
			{string(whole), "2\n", ""}, {"nothing of the kind", "", "271"}, {string(whole[:8]), "", "33"}, {string(make([]byte, 100)), "", "271"},
		} {
			r := ask(t, "", bytes.NewReader(append(bytes.Clone(whole), x.more...)), "Content-Encoding", encoding)
			if code := r.header.Get("X-ClickHouse-Exception-Code"); code != x.code || (code == "" && string(r.body) != x.answer) {
				t.Errorf("%s, followed by %q: code %s %s", encoding, x.more, code, r.body)
			}
		}
		damaged := bytes.Clone(b.Bytes())
		damaged[0] ^= 0xff
		if r := ask(t, "", bytes.NewReader(damaged), "Content-Encoding", encoding); r.header.Get("X-ClickHouse-Exception-Code") != "271" {
			t.Errorf("%s, damaged: %s", encoding, r.body)
		}
	}
}

// TestClientThatGoesAway ends the connection before all of the body came.
func TestClientThatGoesAway(t *testing.T) {
	s := httptest.NewServer(chhttp.New(engine.New(engine.DefaultConfig(), noTables{})))
	defer s.Close()
	for _, head := range []string{"Content-Length: 1000\r\n\r\nSELECT 1", "Transfer-Encoding: chunked\r\n\r\n40\r\nSELECT 1"} {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\n%s", head); err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(answer), "Code: 33.") || !strings.Contains(string(answer), "ended early") {
			t.Errorf("%q: %s", head, answer)
		}
		_ = c.Close() // nothing is on its way any more
	}
	if r, err := http.Get(s.URL + "/ping"); err != nil || r.StatusCode != http.StatusOK { //nolint:bodyclose,noctx // the server ends with the test
		t.Errorf("afterwards: %v", err)
	}
}
