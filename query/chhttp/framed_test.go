package chhttp_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/chframe"
	"github.com/freshetdb/freshet/query/chhttp"
	"github.com/freshetdb/freshet/query/engine"
)

// noTables is a backend that queries without tables need nothing more of.
type noTables struct{ engine.Backend }

func (noTables) Catalog() *table.Catalog { return table.NewCatalog() }

// reply is an answer with its body as it came.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func ask(t *testing.T, params string, body io.Reader, header ...string) reply {
	t.Helper()
	s := httptest.NewServer(chhttp.New(engine.New(engine.DefaultConfig(), noTables{})))
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/?"+params, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{r.StatusCode, r.Header, data}
}

func unframe(t *testing.T, data []byte) string {
	t.Helper()
	out, err := io.ReadAll(chframe.NewReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return string(out)
}

// TestFramed asks and sends in ClickHouse's own frames.
func TestFramed(t *testing.T) {
	var sql bytes.Buffer
	w := chframe.NewWriter(&sql)
	_, _ = io.WriteString(w, "SELECT number FROM numbers(3)")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := ask(t, "compress=1&decompress=1", bytes.NewReader(sql.Bytes()))
	if got := unframe(t, r.body); r.status != http.StatusOK || got != "0\n1\n2\n" || r.header.Get("Content-Encoding") != "" {
		t.Errorf("%d: %q", r.status, got)
	}

	r = ask(t, "compress=1", strings.NewReader("SELECT number FROM numbers(300000)"))
	if got := unframe(t, r.body); strings.Count(got, "\n") != 300_000 || len(r.body) > len(got)*9/10 {
		t.Errorf("%d lines in %d bytes", strings.Count(got, "\n"), len(r.body))
	}

	// An error comes framed too, whenever it comes.
	r = ask(t, "compress=1", strings.NewReader("SELECT nope"))
	if got := unframe(t, r.body); r.status != http.StatusNotFound || !strings.HasPrefix(got, "Code: 47. DB::Exception") {
		t.Errorf("%d: %q", r.status, got)
	}

	// Frames inside HTTP's own compression.
	r = ask(t, "compress=1&enable_http_compression=1", strings.NewReader("SELECT 1"), "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(bytes.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.body, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	if got := unframe(t, r.body); r.header.Get("Content-Encoding") != "gzip" || got != "1\n" {
		t.Errorf("%d: %q", r.status, got)
	}
}

// TestFramedBad sends frames that are damaged or none.
func TestFramedBad(t *testing.T) {
	var sql bytes.Buffer
	w := chframe.NewWriter(&sql)
	_, _ = io.WriteString(w, "SELECT 1")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	sql.Bytes()[sql.Len()-1] ^= 1
	for body, code := range map[string]string{
		sql.String(): "40", "SELECT 1": "33", strings.Repeat("SELECT 1 ", 50): "39",
	} {
		r := ask(t, "decompress=1&query="+url.QueryEscape(""), strings.NewReader(body))
		if r.header.Get("X-ClickHouse-Exception-Code") != code {
			t.Errorf("%q: %d %s, want code %s", body, r.status, r.body, code)
		}
	}
}
