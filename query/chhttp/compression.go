package chhttp

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"errors"
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
	body := &plainBody{r: r.Body}
	encoding := strings.ToLower(r.Header.Get("Content-Encoding"))
	var in io.Reader
	var err error
	switch encoding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(body)
	case "deflate":
		in, err = newStreams(body)
	case "zstd":
		in, err = zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindowMax))
	case "lz4":
		in = lz4.NewReader(body)
	default:
		return nil, chcode.Errorf(chcode.UnknownCompressionMethod,
			"Unknown Content-Encoding %s: gzip, deflate, zstd and lz4 are known", encoding)
	}
	out := &unpackedBody{r: in, body: body, encoding: encoding}
	if err != nil {
		return nil, out.user(err)
	}
	return out, nil
}

// streams reads zlib streams that follow each other, as gzip's members do.
type streams struct {
	io.Reader
	body *bufio.Reader
}

func newStreams(body io.Reader) (*streams, error) {
	s := &streams{body: bufio.NewReader(body)}
	var err error
	s.Reader, err = zlib.NewReader(s.body)
	return s, err
}

// Read implements io.Reader.
func (s *streams) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if _, err = s.body.Peek(1); err == nil {
		err = s.Reader.(zlib.Resetter).Reset(s.body, nil) //nolint:forcetypeassert // every reader of zlib is one
	}
	return n, err
}

// plainBody is the body as it came. Its errors are the user's, with ClickHouse's codes.
type plainBody struct {
	r   io.Reader
	n   int64
	err error
}

// Read implements io.Reader.
func (b *plainBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		b.err = chcode.Errorf(chcode.CannotReadAllData,
			"Cannot read all data: the body of the request ended early, after %d bytes", b.n)
	default:
		b.err = chcode.Errorf(chcode.CannotReadAllData, "Cannot read all data: the body of the request broke off after %d bytes: %v", b.n, err)
	}
	return n, b.err
}

// unpackedBody is the content of a compressed body. Its errors are the user's, too.
type unpackedBody struct {
	r        io.Reader
	body     *plainBody
	encoding string
}

// Read implements io.Reader.
func (u *unpackedBody) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err == nil || (errors.Is(err, io.EOF) && u.body.n > 0) { // Nothing is not a stream of any encoding.
		return n, err
	}
	return n, u.user(err)
}

// user is an error of the decompression as users see it.
func (u *unpackedBody) user(err error) error {
	switch {
	case u.body.err != nil:
		return u.body.err
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return chcode.Errorf(chcode.CannotReadAllData, "Cannot read all data: the %s body of the request ended early, "+
			"after %d compressed bytes", u.encoding, u.body.n)
	default:
		return chcode.Errorf(chcode.CannotDecompress, "Cannot decompress the %s body of the request, near compressed byte %d: %v",
			u.encoding, u.body.n, err)
	}
}

// encodingOf chooses how to compress the answer; "" for not at all.
func encodingOf(r *http.Request, values url.Values) string {
	if values.Get("enable_http_compression") != "1" {
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
