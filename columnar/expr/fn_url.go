package expr

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// urlFunctions take URLs apart. They look for marks, as ClickHouse does, and do
// not check that a URL is one.
func urlFunctions() []*function {
	const url = "'https://www.example.com/a/b?c=d&e=f#g'"
	return []*function{
		urlPart("protocol", "Is the protocol.", "protocol("+url+")", urlScheme),
		urlPart("domain", "Is the host name.", "domain("+url+")", urlDomain),
		urlPart("domainWithoutWWW", "Is the host name without www. in front.", "domainWithoutWWW("+url+")", func(s []byte) []byte { return bytes.TrimPrefix(urlDomain(s), []byte("www.")) }),
		urlPart("topLevelDomain", "Is the last part of the host name.", "topLevelDomain("+url+")", urlTopLevel),
		urlPart("path", "Is the path without the query.", "path("+url+")", func(s []byte) []byte { return cutAt(urlPath(s), "?#") }),
		urlPart("pathFull", "Is the path with query and fragment.", "pathFull("+url+")", urlPath),
		urlPart("queryString", "Is the query without the question mark.", "queryString("+url+")", func(s []byte) []byte { lo, hi := queryBounds(s); return tail1(s[lo:hi]) }),
		urlPart("fragment", "Is the fragment without the number sign.", "fragment("+url+")", func(s []byte) []byte { return tail1(from(s, "#")) }),
		urlPart("queryStringAndFragment", "Is the query and the fragment.", "queryStringAndFragment("+url+")", func(s []byte) []byte { return bytes.TrimPrefix(s[queryOrFragment(s):], []byte("?")) }),
		urlWithout("cutQueryString", "Cuts the query out.", "cutQueryString("+url+")", queryBounds),
		urlWithout("cutFragment", "Cuts the fragment off.", "cutFragment("+url+")", func(s []byte) (int, int) { return len(s) - len(from(s, "#")), len(s) }),
		urlWithout("cutQueryStringAndFragment", "Cuts query and fragment off.", "cutQueryStringAndFragment("+url+")", func(s []byte) (int, int) { return queryOrFragment(s), len(s) }),
		urlWithout("cutWWW", "Cuts one www. off the host name.", "cutWWW("+url+")", wwwBounds),
		textFunction(Info{Name: "decodeURLComponent", Syntax: "decodeURLComponent(s)", Description: "Resolves %xx.", Category: "URLs", Example: "decodeURLComponent('a%20b')"}, func(dst, s []byte) []byte { return appendDecoded(dst, s, false) }),
		textFunction(Info{Name: "decodeURLFormComponent", Syntax: "decodeURLFormComponent(s)", Description: "Resolves %xx and +.", Category: "URLs", Example: "decodeURLFormComponent('a+b')"}, func(dst, s []byte) []byte { return appendDecoded(dst, s, true) }),
		textFunction(Info{Name: "encodeURLComponent", Syntax: "encodeURLComponent(s)", Description: "Writes special characters as %xx.", Category: "URLs", Example: "encodeURLComponent('a b')"}, appendEncoded),
		{Info: Info{Name: "extractURLParameter", Syntax: "extractURLParameter(url, name)", Description: "Is the value of a parameter of the query.", Returns: "String", Category: "URLs", Example: "extractURLParameter(" + url + ", 'c')"}, min: 2, max: 2, bind: bindURLParameter},
		{Info: Info{Name: "cutURLParameter", Syntax: "cutURLParameter(url, name)", Description: "Cuts a parameter out of the query.", Returns: "String", Category: "URLs", Example: "cutURLParameter(" + url + ", 'c')"}, min: 2, max: 2, bind: bindURLParameter},
		{Info: Info{Name: "extractURLParameters", Syntax: "extractURLParameters(url)", Description: "Is the parameters of the query, name=value.", Returns: "Array(String)", Category: "URLs", Example: "extractURLParameters(" + url + ")"}, min: 1, max: 1, bind: func(s *site) (bound, error) {
			return bindPieces(s, func(l *lists, s []byte) {
				urlParameters(s, func(_, whole []byte) { l.add(whole) })
			})
		}},
		{Info: Info{Name: "extractURLParameterNames", Syntax: "extractURLParameterNames(url)", Description: "Is the names of the parameters of the query.", Returns: "Array(String)", Category: "URLs", Example: "extractURLParameterNames(" + url + ")"}, min: 1, max: 1, bind: func(s *site) (bound, error) {
			return bindPieces(s, func(l *lists, s []byte) { urlParameters(s, func(name, _ []byte) { l.add(name) }) })
		}},
	}
}

// urlPart is a function that gives a part of a URL.
//
//go:noinline
func urlPart(name, text, example string, f func(s []byte) []byte) *function {
	return textFunction(Info{Name: name, Syntax: name + "(url)", Description: text, Category: "URLs", Example: example}, func(dst, s []byte) []byte { return append(dst, f(s)...) })
}

// urlWithout is a function that cuts a part out of a URL.
//
//go:noinline
func urlWithout(name, text, example string, f func(s []byte) (lo, hi int)) *function {
	return textFunction(Info{Name: name, Syntax: name + "(url)", Description: text, Category: "URLs", Example: example}, func(dst, s []byte) []byte {
		lo, hi := f(s)
		return append(append(dst, s[:lo]...), s[hi:]...)
	})
}

// from is s from the first of the marks on; empty when there is none.
//
//go:noinline
func from(s []byte, marks string) []byte {
	if i := bytes.IndexAny(s, marks); i >= 0 {
		return s[i:]
	}
	return nil
}

func cutAt(s []byte, marks string) []byte { return s[:len(s)-len(from(s, marks))] }

func tail1(s []byte) []byte {
	if len(s) == 0 {
		return s
	}
	return s[1:]
}

// urlScheme is what stands before a colon that three bytes follow.
func urlScheme(s []byte) []byte {
	n := bytes.IndexByte(s, ':')
	if n <= 0 || len(s)-n < 4 || !isAlpha(s[0]) || !isScheme(s[:n]) {
		return nil
	}
	return s[:n]
}

func isScheme(s []byte) bool {
	for _, c := range s {
		if !isAlpha(c) && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func urlProtocol(s []byte) []byte {
	i := bytes.Index(s, []byte("://"))
	if i <= 0 || !isScheme(s[:i]) {
		return nil
	}
	return s[:i]
}

// authority is what stands between // and the path.
func authority(s []byte) []byte {
	switch p := urlProtocol(s); {
	case len(p) > 0:
		s = s[len(p)+3:]
	case bytes.HasPrefix(s, []byte("//")):
		s = s[2:]
	}
	return cutAt(s, "/?#")
}

// urlDomain is the host name: letters, digits, - . and _ with a point among them.
func urlDomain(s []byte) []byte {
	host := authority(s)
	if at := bytes.LastIndexByte(host, '@'); at >= 0 {
		if bytes.IndexByte(host[:at], ':') >= 0 {
			return nil // a password: ClickHouse finds no domain then
		}
		host = host[at+1:]
	}
	if colon := bytes.IndexByte(host, ':'); colon >= 0 {
		host = host[:colon]
	}
	dot := bytes.IndexByte(host, '.')
	if dot < 1 && len(urlProtocol(s)) == 0 && !bytes.HasPrefix(s, []byte("//")) {
		return nil
	}
	if bytes.HasSuffix(host, []byte(".")) || bytes.ContainsAny(host, " \t<>%{}|\\^~[];\"'") {
		return nil
	}
	if dot < 0 {
		return nil
	}
	return host
}

func urlTopLevel(s []byte) []byte {
	host := urlDomain(s)
	dot := bytes.LastIndexByte(host, '.')
	if dot < 0 || (len(host) > 0 && host[len(host)-1] >= '0' && host[len(host)-1] <= '9') {
		return nil
	}
	return host[dot+1:]
}

// urlPath begins at the first slash, or behind two of them at the next.
func urlPath(s []byte) []byte {
	s = from(s, "/")
	if bytes.HasPrefix(s, []byte("//")) {
		s = from(s[2:], "/")
	}
	return s
}

// queryOrFragment is where the query begins, or the fragment where there is none.
func queryOrFragment(s []byte) int {
	if i := bytes.IndexByte(s, '?'); i >= 0 {
		return i
	}
	return len(s) - len(from(s, "#"))
}

// queryBounds are where the query begins (with its mark) and ends.
func queryBounds(s []byte) (lo, hi int) {
	lo = bytes.IndexByte(s, '?')
	if lo < 0 {
		return len(s), len(s)
	}
	hi = lo + len(cutAt(s[lo:], "#"))
	return lo, hi
}

func wwwBounds(s []byte) (lo, hi int) {
	i := bytes.Index(s, []byte("//"))
	if i < 0 || !bytes.HasPrefix(s[i+2:], []byte("www.")) || len(s) == i+6 {
		return len(s), len(s)
	}
	return i + 2, i + 6
}

// urlParameters calls found for the parameters of the query, and of the fragment.
func urlParameters(s []byte, found func(name, whole []byte)) {
	rest := tail1(from(s, "?#"))
	for {
		n := bytes.IndexAny(rest, "=&#?")
		switch {
		case n < 0:
			return
		case rest[n] == '?':
			rest = rest[n+1:]
			continue
		}
		whole := rest[:n+len(cutAt(rest[n:], "&#"))]
		found(rest[:n], whole)
		rest = tail1(rest[len(whole):])
	}
}

// findParameter is where a parameter, its value and the mark behind it are; ok is false when it is not there.
func findParameter(s, name []byte) (at, value, end int, ok bool) {
	key := append(bytes.Clone(name), '=')
	for value = len(s) - len(tail1(from(s, "?#"))); ; {
		i := bytes.Index(s[value:], key)
		if i < 0 {
			return 0, 0, 0, false
		}
		at, value = value+i, value+i+len(key)
		if bytes.IndexByte([]byte("?#&"), s[at-1]) >= 0 {
			return at, value, value + len(cutAt(s[value:], "&#")), true
		}
	}
}

func bindURLParameter(s *site) (bound, error) {
	c, cut := s.constant(1), s.name == "cutURLParameter"
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	var names *batch.Vector
	switch t := &s.types[1]; {
	case !t.IsString() && (!cut || t.Kind != types.Array):
		return bound{}, s.illegal(1)
	case !cut:
	case c == nil:
		return bound{}, s.mustBeConst(1)
	case t.Kind == types.Array:
		names = c.Vec.Data.(batch.Lists).Elems
		if e := &names.Type; names.Len > 0 && (!e.IsString() || e.Nullable) {
			return bound{}, s.mustBeConst(1)
		}
	default:
		names = c.Vec
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		if cut {
			return buildText(r, func(dst []byte, i int) []byte { return appendWithout(dst, in(i), names) })
		}
		name := stringsOf(args[1])
		return buildText(r, func(dst []byte, i int) []byte {
			_, value, end, _ := findParameter(in(i), name(i))
			return append(dst, in(i)[value:end]...)
		})
	}}, nil
}

// appendWithout is a URL without some parameters.
func appendWithout(dst, s []byte, names *batch.Vector) []byte {
	var cuts [][2]int
	for i := range names.Len {
		at, _, end, ok := findParameter(s, names.Bytes(i))
		switch {
		case !ok:
			continue
		case end < len(s) && s[end] == '&':
			end++
		case s[at-1] == '&':
			at--
		}
		cuts = append(cuts, [2]int{at, end})
		for k := len(cuts) - 1; k > 0 && cuts[k-1][0] > at; k-- {
			cuts[k-1], cuts[k] = cuts[k], cuts[k-1]
		}
	}
	done := 0
	for _, c := range cuts {
		dst = append(dst, s[done:max(c[0], done)]...)
		done = max(c[1], done)
	}
	return append(dst, s[done:]...)
}

func appendDecoded(dst, s []byte, plus bool) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && i+2 < len(s) && hexDigit(s[i+1]) < 16 && hexDigit(s[i+2]) < 16:
			dst = append(dst, hexDigit(s[i+1])<<4|hexDigit(s[i+2]))
			i += 2
		case c == '+' && plus:
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func appendEncoded(dst, s []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range s {
		if isAlpha(c) || (c >= '0' && c <= '9') || bytes.IndexByte([]byte("-_.~"), c) >= 0 {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', digits[c>>4], digits[c&15])
	}
	return dst
}
