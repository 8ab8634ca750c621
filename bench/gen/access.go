package gen

import (
	"strconv"
	"time"
)

// Access makes lines of a web server's access log in the combined format: the
// events of a feed as requests. It is for one goroutine.
type Access struct{ feed *Feed }

// NewAccess makes an encoder of a feed.
func NewAccess(f *Feed) *Access { return &Access{f} }

// Line writes row i. Robots, errors and slow pages come as often as they do in life.
func (a *Access) Line(dst []byte, i int64) []byte {
	e := a.feed.At(i)
	r := rng{uint64(i) ^ 0xacce55}
	m := mix(uint64(e.User) ^ 0x1b)
	for part := range 4 {
		if part > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, m>>(8*part)&0xff, 10)
	}
	dst = append(dst, " - - ["...)
	dst = time.Unix(e.Unix, 0).UTC().AppendFormat(dst, "02/Jan/2006:15:04:05 -0700")
	dst = append(dst, `] "`...)
	method, path := "GET", "/v/"
	switch e.Action {
	case like, comment, share, purchase:
		method, path = "POST", "/api/"+actions[e.Action]+"/"
	}
	dst = append(append(append(dst, method...), ' '), path...)
	dst = appendContent(dst, e.Content)
	dst = append(dst, ` HTTP/1.1" `...)
	status, size := 200, int64(400+r.next()%20_000)
	switch p := r.float(); {
	case p < 0.004:
		status, size = 500, 120
	case p < 0.03:
		status, size = 404, 150
	case p < 0.12:
		status, size = 304, 0
	case p < 0.15:
		status, size = 302, 80
	}
	dst = append(strconv.AppendInt(dst, int64(status), 10), ' ')
	dst = strconv.AppendInt(dst, size, 10)
	dst = append(dst, ` "`...)
	if r.float() < 0.4 {
		dst = append(append(dst, "https://app.example/"...), channels[e.Channel]...)
	} else {
		dst = append(dst, '-')
	}
	dst = append(dst, `" "`...)
	if r.float() < 0.03 {
		dst = append(dst, "Mozilla/5.0 (compatible; examplebot/1.0)"...)
	} else {
		dst = append(append(append(append(dst, "Video/"...), versions[e.Version]...), " ("...), systems[e.OS]...)
		dst = append(dst, ')')
	}
	return append(dst, "\"\n"...)
}
