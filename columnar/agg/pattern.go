package agg

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// patternOp is one action of a pattern.
type patternOp uint8

const (
	opEvent   patternOp = iota // (?1): a row for which the condition holds
	opAny                      // .: any row
	opStar                     // .*: any number of rows
	opAtMost                   // (?t<=3): the next event is at most so much later, rows between don't count
	opBelow                    // (?t<3)
	opAtLeast                  // (?t>=3)
	opAbove                    // (?t>3)
	opEqual                    // (?t==3)
)

type action struct {
	op    patternOp
	extra uint64 // the condition's number from 0, or an amount of time
}

// pattern is a parsed pattern, with any rows before it.
type pattern struct {
	actions []action
	needs   uint32 // the conditions that it names
	timed   bool
}

// patternBytesMax bounds the text of a pattern.
const patternBytesMax = 1 << 16

func parsePattern(text string, conditions int) (*pattern, error) {
	if len(text) > patternBytesMax {
		return nil, chcode.Errorf(chcode.SyntaxError, "The pattern has %d bytes, more than %d", len(text), patternBytesMax)
	}
	p := &pattern{actions: []action{{op: opStar}}}
	for at := 0; at < len(text); {
		rest := text[at:]
		switch {
		case strings.HasPrefix(rest, "(?"):
			n, err := p.parseGroup(rest, at, conditions)
			if err != nil {
				return nil, err
			}
			at += n
		case strings.HasPrefix(rest, ".*"):
			p.actions = append(p.actions, action{op: opStar})
			at += 2
		case rest[0] == '.':
			p.actions = append(p.actions, action{op: opAny})
			at++
		default:
			return nil, chcode.Errorf(chcode.SyntaxError,
				"Could not parse pattern, unexpected starting symbol '%s' at position %d", rest, at)
		}
	}
	return p, nil
}

// parseGroup reads (?N) or (?t>N) and gives its length.
func (p *pattern) parseGroup(text string, at, conditions int) (int, error) {
	pos := 2
	a := action{op: opEvent}
	if strings.HasPrefix(text[pos:], "t") {
		pos++
		found := false
		for _, c := range []struct {
			text string
			op   patternOp
		}{{"<=", opAtMost}, {"<", opBelow}, {">=", opAtLeast}, {">", opAbove}, {"==", opEqual}} {
			if strings.HasPrefix(text[pos:], c.text) {
				a.op, found = c.op, true
				pos += len(c.text)
				break
			}
		}
		if !found {
			return 0, chcode.Errorf(chcode.SyntaxError, "Unknown time condition '%s' at position %d", text[pos:], at+pos)
		}
		if p.actions[len(p.actions)-1].op >= opAtMost {
			return 0, chcode.Errorf(chcode.BadArguments, "Temporal condition should be preceded by an event condition")
		}
		p.timed = true
	}
	digits := len(text[pos:]) - len(strings.TrimLeft(text[pos:], "0123456789"))
	n, err := strconv.ParseUint(text[pos:pos+digits], 10, 64)
	if err != nil {
		return 0, chcode.Errorf(chcode.SyntaxError, "Could not parse number at position %d", at+pos)
	}
	pos += digits
	if !strings.HasPrefix(text[pos:], ")") {
		return 0, chcode.Errorf(chcode.SyntaxError, "Expected closing parenthesis, found '%s' at position %d", text[pos:], at+pos)
	}
	a.extra = n
	if a.op == opEvent {
		if n < 1 || n > uint64(conditions) {
			return 0, chcode.Errorf(chcode.BadArguments, "Event number %d is out of range", n)
		}
		a.extra--
		p.needs |= 1 << a.extra
	}
	p.actions = append(p.actions, a)
	return pos + 1, nil
}

// matchMax bounds the steps of one search with times in the pattern, whose
// number grows as a power of the number of rows.
const matchMax = 1_000_000

// matcher searches, with memory that is used again.
type matcher struct {
	states, next []bool
	stack        []choice
	path, best   []uint64
	over         bool
}

// match finds the first match and gives the number of rows up to its end.
func (m *matcher) match(p *pattern, rows []event) (end int, ok bool) {
	if p.timed {
		return m.search(p, rows)
	}
	return m.step(p, rows)
}

// step follows all ways through the pattern side by side, row by row: state k is
// that the first k actions without stars have been matched.
func (m *matcher) step(p *pattern, rows []event) (end int, ok bool) {
	steps := 0
	for _, a := range p.actions {
		if a.op != opStar {
			steps++
		}
	}
	m.states, m.next = resized(m.states, steps+1), resized(m.next, steps+1)
	clear(m.states)
	m.states[0] = true
	for i, e := range rows {
		clear(m.next)
		alive := false
		k := 0
		for _, a := range p.actions {
			if a.op == opStar {
				m.next[k] = m.next[k] || m.states[k]
				alive = alive || m.states[k]
				continue
			}
			if m.states[k] && (a.op == opAny || e.mask>>a.extra&1 == 1) {
				m.next[k+1], alive = true, true
			}
			k++
		}
		m.states, m.next = m.next, m.states
		if m.states[steps] {
			return i + 1, true
		}
		if !alive {
			break
		}
	}
	return len(rows), m.states[steps]
}

// choice is where a search may go on when it got stuck: at the same action, one
// row later.
type choice struct {
	action, row, base, path int
}

// search tries the actions in turn and goes back to the last choice when it gets
// stuck. base is the row from which times are counted.
func (m *matcher) search(p *pattern, rows []event) (end int, ok bool) {
	m.stack, m.path, m.best = m.stack[:0], m.path[:0], m.best[:0]
	at, row, base := 0, 0, 0
	back := func() bool {
		if len(m.stack) == 0 {
			return false
		}
		c := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		at, row, base = c.action, c.row+1, c.base
		m.path = m.path[:c.path]
		return true
	}
	for tries := 0; at < len(p.actions) && row < len(rows); tries++ {
		if tries > matchMax {
			m.over = true
			return row, false
		}
		a := p.actions[at]
		fits, later := a.fits(rows, row, base)
		switch {
		case fits && a.op <= opAny:
			if a.op == opEvent {
				m.path = append(m.path, rows[row].at)
				if len(m.path) > len(m.best) {
					m.best = append(m.best[:0], m.path...)
				}
			}
			base = row
			at, row = at+1, row+1
		case fits:
			m.stack = append(m.stack, choice{at, row, base, len(m.path)})
			base = row
			at++
		case later:
			if row++; row == len(rows) && !back() {
				return row, at == len(p.actions)
			}
		case !back():
			return row, false
		}
	}
	for at < len(p.actions) && p.actions[at].op == opStar {
		at++
	}
	return row, at == len(p.actions)
}

// fits tells whether a row can be the action's; later, whether a later one may.
func (a action) fits(rows []event, row, base int) (fits, later bool) {
	t, from := rows[row].at, rows[base].at
	switch a.op {
	case opEvent:
		return rows[row].mask>>a.extra&1 == 1, false
	case opAtMost:
		return t <= from+a.extra, false
	case opBelow:
		return t < from+a.extra, false
	case opAtLeast:
		return t >= from+a.extra, true
	case opAbove:
		return t > from+a.extra, true
	case opEqual:
		return t == from+a.extra, true
	default:
		return true, false
	}
}

// longest is the times of the events of the longest chain that was found.
func (m *matcher) longest(p *pattern, rows []event) []uint64 {
	m.search(p, rows)
	return m.best
}
