package expr

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// urlFunctions take URLs apart. They don't check that they are any.
func urlFunctions() []*function {
	const cat, str, url = "URL", "String", "'https://www.example.com:80/a/b?x=1&y=2#z'"
	part := func(name, text string, f func(s []byte) []byte) *function {
		return entry(info(cat, name+"(url)", str, text, name+"("+url+")"), 1, 1,
			ofText(func(dst, s []byte) []byte { return append(dst, f(s)...) }))
	}
	return []*function{
		part("protocol", "Is the scheme.", urlScheme),
		part("domain", "Is the host.", urlHost),
		part("domainWithoutWWW", "Is the host without a leading www.", func(s []byte) []byte { return bytes.TrimPrefix(urlHost(s), []byte("www.")) }),
		part("topLevelDomain", "Is the last part of the host's name.", topLevelDomain),
		part("path", "Is the path.", urlPath),
		part("pathFull", "Is the path with query and fragment.", pathFull),
		part("queryString", "Is the query.", queryString),
		part("fragment", "Is the fragment.", urlFragment),
		part("queryStringAndFragment", "Is the query and the fragment.", queryAndFragment),
		part("cutQueryString", "Is the URL without its query.", nil).with(ofText(cutQuery)),
		part("cutFragment", "Is the URL without its fragment.", func(s []byte) []byte { return before(s, '#') }),
		part("cutQueryStringAndFragment", "Is the URL without query and fragment.", func(s []byte) []byte { return before(before(s, '#'), '?') }),
		part("cutWWW", "Is the URL without a leading www. of the host.", nil).with(ofText(cutWWW)),
		part("decodeURLComponent", "Replaces %XX by the bytes they stand for.", nil).with(ofText(func(dst, s []byte) []byte { return decodeURL(dst, s, false) })),
		part("decodeURLFormComponent", "Replaces %XX by the bytes they stand for, and + by a space.", nil).with(ofText(func(dst, s []byte) []byte { return decodeURL(dst, s, true) })),
		part("encodeURLComponent", "Replaces characters that have a meaning in URLs by %XX.", nil).with(ofText(encodeURL)),
		part("encodeURLFormComponent", "Replaces characters that have a meaning in URLs by %XX, a space by +.", nil).with(ofText(encodeURLForm)),
		entry(info(cat, "extractURLParameter(url, name)", str, "Is the value of a parameter.", "extractURLParameter("+url+", 'x')"), 2, 2, bindURLParameter),
		entry(info(cat, "extractURLParameters(url)", "Array(String)", "Is the parameters as name=value.", "extractURLParameters("+url+")"), 1, 1, bindURLParameters),
		entry(info(cat, "extractURLParameterNames(url)", "Array(String)", "Is the names of the parameters.", "extractURLParameterNames("+url+")"), 1, 1, bindURLParameters),
	}
}

func (f *function) with(bind bindFunc) *function {
	f.bind = bind
	return f
}

func before(s []byte, c byte) []byte {
	if k := bytes.IndexByte(s, c); k >= 0 {
		return s[:k]
	}
	return s
}

func after(s []byte, c byte) []byte {
	if k := bytes.IndexByte(s, c); k >= 0 {
		return s[k+1:]
	}
	return nil
}

func isSchemeByte(c byte) bool { return isAlnum(c) || c == '+' || c == '-' || c == '.' }

func urlScheme(s []byte) []byte {
	for i, c := range s {
		switch {
		case i > 0 && c == ':':
			return s[:i]
		case !isSchemeByte(c), i == 0 && !isAlnum(c):
			return nil
		}
	}
	return nil
}

// afterScheme is what stands behind scheme and slashes.
func afterScheme(s []byte) []byte {
	if bytes.HasPrefix(s, []byte("//")) {
		return s[2:]
	}
	if n := schemeLength(s); n > 0 {
		return s[n:]
	}
	return s
}

// schemeLength is the length of a scheme with the slashes behind it.
func schemeLength(s []byte) int {
	scheme := urlScheme(s)
	if scheme == nil || !bytes.HasPrefix(s[len(scheme):], []byte("://")) {
		return 0
	}
	return len(scheme) + 3
}

// urlHost is the host, or nothing when there are characters that no host has.
func urlHost(s []byte) []byte {
	s = afterScheme(s)
	start := 0
	for i, c := range s {
		switch c {
		case '/', '?', '#', ':':
			return hostPart(s[start:i])
		case '@':
			start = i + 1
		case ' ', '\t', '<', '>', '%', '{', '}', '|', '\\', '^', '~', '[', ']', ';', '=', '&':
			return nil
		}
	}
	return hostPart(s[start:])
}

func hostPart(s []byte) []byte {
	if bytes.IndexByte(s, '.') < 0 {
		return nil
	}
	return s
}

func topLevelDomain(s []byte) []byte {
	host := urlHost(s)
	k := bytes.LastIndexByte(host, '.')
	if k < 0 || k+1 < len(host) && host[k+1] >= '0' && host[k+1] <= '9' {
		return nil
	}
	return host[k+1:]
}

func pathFull(s []byte) []byte {
	rest := s
	if schemeLength(s) > 0 || bytes.HasPrefix(s, []byte("//")) {
		rest = afterScheme(s)
	}
	if k := bytes.IndexByte(rest, '/'); k >= 0 {
		return rest[k:]
	}
	return nil
}

func urlPath(s []byte) []byte { return before(before(pathFull(s), '#'), '?') }

func queryString(s []byte) []byte { return before(after(s, '?'), '#') }

func urlFragment(s []byte) []byte { return after(s, '#') }

func queryAndFragment(s []byte) []byte {
	k := bytes.IndexAny(s, "?#")
	switch {
	case k < 0:
		return nil
	case s[k] == '#':
		return s[k:]
	default:
		return s[k+1:]
	}
}

func cutQuery(dst, s []byte) []byte {
	q := bytes.IndexByte(before(s, '#'), '?')
	if q < 0 {
		return append(dst, s...)
	}
	dst = append(dst, s[:q]...)
	if f := bytes.IndexByte(s, '#'); f >= 0 {
		dst = append(dst, s[f:]...)
	}
	return dst
}

func cutWWW(dst, s []byte) []byte {
	rest := afterScheme(s)
	dst = append(dst, s[:len(s)-len(rest)]...)
	if len(rest) < len(s) {
		rest = bytes.TrimPrefix(rest, []byte("www."))
	}
	return append(dst, rest...)
}

func decodeURL(dst, s []byte, form bool) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && i+2 < len(s) && hexValue(s[i+1]) < 16 && hexValue(s[i+2]) < 16:
			dst = append(dst, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		case c == '+' && form:
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func encodeURL(dst, s []byte) []byte {
	for _, c := range s {
		if isAlnum(c) || c == '-' || c == '_' || c == '.' || c == '~' {
			dst = append(dst, c)
		} else {
			dst = hexDigits(append(dst, '%'), c)
		}
	}
	return dst
}

func encodeURLForm(dst, s []byte) []byte {
	for i, c := range s {
		if c == ' ' {
			dst = append(dst, '+')
		} else {
			dst = encodeURL(dst, s[i:i+1])
		}
	}
	return dst
}

// urlParameters calls f for the parameters of query and fragment; it stops when
// f returns false.
func urlParameters(s []byte, f func(name, whole []byte) bool) {
	k := bytes.IndexAny(s, "?#")
	if k < 0 {
		return
	}
	for s = s[k+1:]; len(s) > 0; {
		end := bytes.IndexAny(s, "&;#?")
		whole := s
		if end >= 0 {
			whole, s = s[:end], s[end+1:]
		} else {
			s = nil
		}
		if !f(before(whole, '='), whole) {
			return
		}
	}
}

func bindURLParameter(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, want := stringsOf(args[0]), stringsOf(args[1])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			urlParameters(at(i), func(name, whole []byte) bool {
				if !bytes.Equal(name, want(i)) || len(name) == len(whole) {
					return true
				}
				dst = append(dst, whole[len(name)+1:]...)
				return false
			})
			return dst, nil
		})
	}}, nil
}

func bindURLParameters(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	names := s.name == "extractURLParameterNames"
	return bound{ret: types.ArrayOf(types.Of(types.String)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		return textListRows(r, func(l *textLists, i int) error {
			listURLParameters(l, at(i), names)
			return nil
		})
	}}, nil
}

// listURLParameters adds the parameters, or their names. Text at the end without
// = is none.
func listURLParameters(l *textLists, s []byte, names bool) {
	k := bytes.IndexAny(s, "?#")
	for k >= 0 && k < len(s) {
		s = s[k+1:]
		end := bytes.IndexAny(s, "=&#?")
		if end < 0 {
			return
		}
		if s[end] == '?' {
			k = end
			continue
		}
		name := s[:end]
		if s[end] == '=' {
			if next := bytes.IndexAny(s, "&#"); next >= 0 {
				end = next
			} else {
				end = len(s)
			}
		}
		if names {
			l.add(name)
		} else {
			l.add(s[:end])
		}
		k = end
	}
}
