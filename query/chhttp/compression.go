package chhttp

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/chframe"
)

// bodyOf undoes the compression of a request: its Content-Encoding, then
// ClickHouse's own framing.
func bodyOf(r *http.Request, values url.Values) (io.Reader, error) {
	if r.Body == nil {
		return strings.NewReader(""), nil
	}
	in, err := decoded(r)
	if err == nil && values.Get("decompress") == "1" {
		in = chframe.NewReader(in)
	}
	return in, err
}

// decoded undoes the Content-Encoding.
func decoded(r *http.Request) (io.Reader, error) {
	var in io.Reader
	var err error
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(r.Body)
	case "deflate":
		in, err = zlib.NewReader(r.Body)
	case "zstd":
		in, err = zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindowMax))
	case "lz4":
		in = lz4.NewReader(r.Body)
	default:
		return nil, chcode.Errorf(chcode.UnknownCompressionMethod,
			"Unknown Content-Encoding %s: gzip, deflate, zstd and lz4 are known", encoding)
	}
	if err != nil {
		return nil, chcode.Errorf(chcode.CannotReadAllData, "Cannot read the compressed body: %w", err)
	}
	return in, nil
}

// encodingOf chooses how to compress the answer; "" for not at all.
func encodingOf(r *http.Request) string {
	if r.URL.Query().Get("enable_http_compression") != "1" {
		return ""
	}
	accepted := r.Header.Get("Accept-Encoding")
	for _, e := range []string{"zstd", "lz4", "gzip", "deflate"} {
		for offered := range strings.SplitSeq(accepted, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(offered), ";")
			if name == e {
				return e
			}
		}
	}
	return ""
}

// compressor wraps w; the result must be closed.
func compressor(encoding string, w io.Writer) (io.WriteCloser, error) {
	switch encoding {
	case "zstd":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	case "lz4":
		return lz4.NewWriter(w), nil
	case "deflate":
		return zlib.NewWriter(w), nil
	default:
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	}
}
