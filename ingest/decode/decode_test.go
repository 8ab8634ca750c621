package decode_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/ingest/decode"
)

func split(t *testing.T, f decode.Fields, line string) (string, error) {
	t.Helper()
	var out []string
	err := f.Split([]byte(line), func(i int, v []byte) { out = append(out, f.Names()[i]+"="+string(v)) })
	return strings.Join(out, "|"), err
}

func TestCombined(t *testing.T) {
	f, ok, err := decode.For(&table.Source{Args: []string{"*.log", "combined"}})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, c := range []struct{ line, want string }{
		{
			`83.149.9.216 - - [17/May/2015:10:05:03 +0200] "GET /a?b=\"c\" HTTP/1.1" 200 203023 "http://x/" "Mozilla/5.0 (X) \"q\""`,
			`remote_addr=83.149.9.216|time=2015-05-17 08:05:03|request=GET /a?b=\"c\" HTTP/1.1|method=GET|path=/a?b=\"c\"|protocol=HTTP/1.1|status=200|bytes=203023|referer=http://x/|user_agent=Mozilla/5.0 (X) \"q\"`,
		},
		{
			`::1 - bob [01/Jan/2026:00:00:00 +0000] "-" 408 -`,
			`remote_addr=::1|remote_user=bob|time=2026-01-01 00:00:00|status=408|bytes=0`,
		},
		{
			`h - - [01/Jan/2026:00:00:00 +0000] "\x16\x03" 400 0 "-" "-"`,
			`remote_addr=h|time=2026-01-01 00:00:00|request=\x16\x03|path=\x16\x03|status=400|bytes=0`,
		},
	} {
		got, err := split(t, f, c.line)
		if err != nil || got != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.line, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "a", `a b c "GET / HTTP/1.1" 200 1`, `a - - [x] "GET /" 200 1`, `a - - [01/Jan/2026:00:00:00 +0000] "GET / 200 1`} {
		if got, err := split(t, f, bad); !errors.Is(err, decode.ErrMalformed) || got != "" {
			t.Errorf("%q: %q, %v", bad, got, err)
		}
	}
}

func TestRegexp(t *testing.T) {
	f, _, err := decode.For(&table.Source{Args: []string{"*", "regexp", `^(?P<level>\w+) (?P<msg>.*?)(?: took (?P<ms>\d+))?$`}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := split(t, f, "WARN disk slow took 12"); err != nil || got != "level=WARN|msg=disk slow|ms=12" {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := split(t, f, "INFO up"); err != nil || got != "level=INFO|msg=up" {
		t.Errorf("got %s, %v", got, err)
	}
	for _, bad := range []string{"(", "no groups"} {
		if _, _, err := decode.For(&table.Source{Args: []string{"*", "regexp", bad}}); err == nil {
			t.Errorf("pattern %q was taken", bad)
		}
	}
}

func FuzzCombined(f *testing.F) {
	f.Add(`83.149.9.216 - - [17/May/2015:10:05:03 +0200] "GET / HTTP/1.1" 200 1 "-" "-"`)
	d, _, err := decode.For(&table.Source{Args: []string{"*.log", "combined"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		n := 0
		if err := d.Split([]byte(line), func(int, []byte) { n++ }); err != nil && n > 0 {
			t.Fatal("fields of a malformed line were given")
		}
	})
}
