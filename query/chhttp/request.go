package chhttp

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/parse"
)

// defaultUser is the one user there is; it has no password.
const defaultUser = "default"

// request reads a request; done gives its session back.
func (s *Server) request(r *http.Request, values url.Values) (req *engine.Request, done func(), err error) {
	user, err := authenticate(r, values)
	if err != nil {
		return nil, nil, err
	}
	body, err := bodyOf(r, values)
	if err != nil {
		return nil, nil, err
	}
	req = &engine.Request{
		QueryID: values.Get("query_id"), Database: values.Get("database"), Format: values.Get("default_format"),
		Settings: engine.Settings{}, Params: map[string]string{}, Address: r.RemoteAddr,
		ReadOnly: r.Method == http.MethodGet || r.Method == http.MethodHead,
	}
	if req.Database == "" {
		req.Database = r.Header.Get("X-ClickHouse-Database")
	}
	if f := r.Header.Get("X-ClickHouse-Format"); f != "" {
		req.Format = f
	}
	if err := settings(req, values); err != nil {
		return nil, nil, err
	}
	if err := statement(req, values.Get("query"), body); err != nil {
		return nil, nil, err
	}
	session, done, err := s.sessions.open(user, values)
	if err != nil {
		return nil, nil, err
	}
	req.Session = session
	return req, done, nil
}

// authenticate finds the user in the URL, the headers or Basic authorization.
func authenticate(r *http.Request, values url.Values) (string, error) {
	user, password := values.Get("user"), values.Get("password")
	if h := r.Header.Get("X-ClickHouse-User"); h != "" {
		user, password = h, r.Header.Get("X-ClickHouse-Key")
	}
	if u, p, ok := r.BasicAuth(); ok {
		user, password = u, p
	}
	if user == "" {
		user = defaultUser
	}
	if user != defaultUser || password != "" {
		return "", chcode.Errorf(chcode.AuthenticationFailed,
			"%s: Authentication failed: this server has one user, default, without a password", user)
	}
	return user, nil
}

// reserved are URL parameters that are not settings.
func reserved(name string) bool {
	switch name {
	case "query", "database", "user", "password", "default_format", "query_id", "session_id", "session_timeout",
		"session_check", "role", "quota_key", "compress", "decompress", "enable_http_compression", "buffer_size",
		"client_protocol_version", "stacktrace", "http_write_exception_in_output_format":
		return true
	default:
		return strings.HasPrefix(name, "param_")
	}
}

func settings(req *engine.Request, values url.Values) error {
	for name, list := range values {
		if p, ok := strings.CutPrefix(name, "param_"); ok {
			req.Params[p] = list[0]
		}
		if reserved(name) {
			continue
		}
		if err := req.Settings.Set(name, list[0]); err != nil {
			return err
		}
	}
	return nil
}

// statement puts the text together: the query parameter, then the body. What
// follows an INSERT is its data and is not read here.
func statement(req *engine.Request, query string, body io.Reader) error {
	if query != "" {
		if insertsBody(query) {
			req.SQL, req.Body = query, body
			return nil
		}
		query += "\n"
	}
	head, err := io.ReadAll(io.LimitReader(body, headBytes))
	if err != nil {
		if _, own := errors.AsType[*chcode.Error](err); own { // of a compressed frame
			return err
		}
		return chcode.Errorf(chcode.CannotReadAllData, "Cannot read the request's body: %w", err)
	}
	req.SQL = query + string(head)
	if len(head) == headBytes {
		req.Body = body
	}
	if strings.TrimSpace(query) != "" && len(bytes.TrimSpace(head)) == 0 {
		req.SQL = strings.TrimSuffix(query, "\n")
	}
	return nil
}

// insertsBody tells whether a statement is an INSERT of the data that follows it.
func insertsBody(query string) bool {
	if !strings.Contains(strings.ToUpper(query), "INSERT") { // Others are not parsed twice.
		return false
	}
	stmt, _, err := parse.Statement(query, parse.DefaultLimits())
	in, ok := stmt.(*ast.Insert)
	return err == nil && ok && in.DataOffset >= 0
}
