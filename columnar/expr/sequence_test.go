package expr

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/index/roofline"
)

// A sequence finds what package regexp finds, groups included, or says that it takes too
// long, which it does not for what people write.
func TestSequence(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "b", "a", "/", ":", "http", "https://", "www.", "\n", "é", "ß", "\xff", "\xe2\x82", "\uFFFD", ""}
	for _, pattern := range []string{
		`^https?://(?:www\.)?([^/]+)/`, `^a*b`, `^(a+)(b?)[^:]*:`, `^(?:a(b)?)?[ab]*(/)`, `^.*b.*/.*a`, `^([^/]*)/([^/]*)/`,
		`^[a-c]+[^a-b]*(é?)`, `^(a*)(a*)(a*)b`, `^((a)?b)?a`, `^[^é]+é`, `^.+ß`, `^\pL+/`, `^.`, `^ab`, `^(.*)$?`,
	} {
		re := regexp.MustCompile("(?s)" + pattern)
		s := newSequence(re.String())
		if s == nil {
			if pattern == `^.` || pattern == `^(.*)$?` {
				continue
			}
			t.Fatalf("%s is no sequence", pattern)
		}
		slow := 0
		for range 5000 {
			var text []byte
			for range r.IntN(9) {
				text = append(text, alphabet[r.IntN(len(alphabet))]...)
			}
			got, ok := s.find(nil, text)
			if !ok {
				slow++
				continue
			}
			if want := re.FindSubmatchIndex(text); !slices.Equal(got, want) || (got == nil) != (want == nil) {
				t.Fatalf("%s in %q: %v, want %v", pattern, text, got, want)
			}
		}
		if slow > 500 {
			t.Errorf("%s took too long for %d texts", pattern, slow)
		}
	}
	for _, pattern := range []string{`a+b`, `^a+?b`, `^(?i)ab`, `^a|b`, `^a{2,3}`, `^(ab)+`, `^a$`, `^\bab`, `^(?m)^a`} {
		if newSequence("(?s)"+pattern) != nil {
			t.Errorf("%s was taken for a sequence", pattern)
		}
	}
	if _, ok := newSequence(`(?s)^[ab]*[ab]*[ab]*[ab]*[ab]*c`).find(nil, []byte("abababababababababababababababababababab")); ok {
		t.Error("there is no bound of steps")
	}
}

func BenchmarkSequence(b *testing.B) {
	re := regexp.MustCompile(`(?s)^https?://(?:www\.)?([^/]+)/`)
	text := []byte("https://www.host17.example/some/long/page/that/goes/on?and=on&and=on")
	read := bytes.IndexByte(text[len("https://"):], '/') + len("https://") // One text, up to the end of the host.
	w := roofline.Work{Rows: 1, Read: read, Steps: read}
	b.Run("sequence", func(b *testing.B) {
		s := newSequence(re.String())
		var groups [2 * seqGroups]int
		for b.Loop() {
			s.find(groups[:0], text)
		}
		roofline.Report(b, w)
	})
	b.Run("regexp", func(b *testing.B) {
		for b.Loop() {
			re.FindSubmatchIndex(text)
		}
		roofline.Report(b, w)
	})
}
