package decode

import (
	"errors"
	"fmt"
	"regexp"
)

// pattern takes lines apart by a regular expression; its named groups are the
// fields.
type pattern struct {
	re     *regexp.Regexp
	names  []string
	groups []int
}

func newRegexp(expr string) (*pattern, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("log pattern: %w", err)
	}
	p := &pattern{re: re}
	for i, n := range re.SubexpNames() {
		if n != "" {
			p.names = append(p.names, n)
			p.groups = append(p.groups, i)
		}
	}
	if len(p.names) == 0 {
		return nil, errors.New("log pattern has no named group: write (?P<name>…)")
	}
	return p, nil
}

// Names implements Fields.
func (p *pattern) Names() []string { return p.names }

// Split implements Fields.
func (p *pattern) Split(line []byte, emit func(int, []byte)) error {
	m := p.re.FindSubmatchIndex(line)
	if m == nil {
		return fmt.Errorf("%w: it does not match the pattern", ErrMalformed)
	}
	for i, g := range p.groups {
		if m[2*g] >= 0 {
			emit(i, line[m[2*g]:m[2*g+1]])
		}
	}
	return nil
}
