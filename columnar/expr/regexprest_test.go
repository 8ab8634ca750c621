package expr

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

// An expression that takes the rest of the text replaces the same without looking at it.
func TestReplaceToEnd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "b", "/", ":", "http://", "www.", "\n", "é", "\xff", ""}
	for _, pattern := range []string{
		`^https?://(?:www\.)?([^/]+)/.*$`, `^a*.*$`, `^(a|ab)(b?).*$`, `^(?:a(b)|(a)).*$`, `^[^/]*?/.*?$`, `^(.*)b.*$`, `^(a+?)(b*).*$`, `^.*$`,
	} {
		re := regexp.MustCompile("(?s)" + pattern)
		head := beforeRest(re)
		if head == nil {
			t.Fatalf("%s is not of the kind", pattern)
		}
		by := parseReplacement([]byte(`<\0|\1|\2>`))
		for range 2000 {
			var text []byte
			for range r.IntN(8) {
				text = append(text, alphabet[r.IntN(len(alphabet))]...)
			}
			for _, all := range []bool{false, true} {
				want, err := replaceMatches(nil, text, re, by, all)
				if err != nil {
					t.Fatal(err)
				}
				if got := replaceToEnd(nil, text, head, by); string(got) != string(want) {
					t.Fatalf("%s of %q: %q, want %q", pattern, text, got, want)
				}
			}
		}
	}
	for _, pattern := range []string{`https?://.*$`, `^a.*`, `^a.+$`, `(?m)^a.*$`, `^a(.*)$`, `^a|b.*$`, `^a(?-s:.*)$`} {
		if beforeRest(regexp.MustCompile("(?s)"+pattern)) != nil {
			t.Errorf("%s was taken for one that begins at the begin and takes the rest", pattern)
		}
	}
}
