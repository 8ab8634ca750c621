package table

import (
	"slices"
	"strconv"
	"strings"
)

// TokensDefault is how many tokens a table remembers unless it says otherwise.
const TokensDefault = 10_000

// Token is a deduplication token and the entry that brought it.
type Token struct {
	Text  string
	Index uint64
}

// Tokens is the window of deduplication tokens of a table, oldest first, counted
// in tokens so that it is a function of the log (R10).
type Tokens struct {
	window int
	list   []Token
	known  map[string]struct{}
}

// NewTokens makes the window of a definition with the tokens of a manifest.
func NewTokens(d *Def, list []Token) *Tokens {
	t := &Tokens{known: map[string]struct{}{}}
	t.window = tokenWindow(d)
	for _, k := range list {
		t.Add(k.Text, k.Index)
	}
	return t
}

// tokenWindow reads the setting of the table.
func tokenWindow(d *Def) int {
	for _, s := range d.Settings {
		if s.Name == "non_replicated_deduplication_window" || s.Name == "replicated_deduplication_window" {
			if n, err := strconv.Atoi(strings.Trim(s.Value, "'")); err == nil && n >= 0 {
				return n
			}
		}
	}
	return TokensDefault
}

// SetDef takes the window of a changed definition.
func (t *Tokens) SetDef(d *Def) {
	t.window = tokenWindow(d)
	t.trim()
}

// Has tells whether a token is in the window; the empty one never is.
func (t *Tokens) Has(token string) bool {
	_, ok := t.known[token]
	return ok && token != ""
}

// Known tells for each of some tokens, which come one after the other, whether it is
// in the window then. It remembers none of them.
func (t *Tokens) Known(tokens []string) []bool {
	out := make([]bool, len(tokens))
	var added []string
	for i, token := range tokens {
		if token == "" || t.window == 0 {
			continue
		}
		gone := max(0, len(t.list)+len(added)-t.window) // that have left the window
		isOld := t.Has(token) && !slices.ContainsFunc(t.list[:min(gone, len(t.list))], func(k Token) bool { return k.Text == token })
		isNew := slices.Contains(added[max(0, gone-len(t.list)):], token)
		if out[i] = isOld || isNew; !out[i] {
			added = append(added, token)
		}
	}
	return out
}

// Add remembers a token that is not in the window.
func (t *Tokens) Add(token string, index uint64) {
	if token == "" || t.window == 0 {
		return
	}
	t.list = append(t.list, Token{Text: token, Index: index})
	t.known[token] = struct{}{}
	t.trim()
}

// Forget empties the window: the rows that the tokens stand for are gone, and may come again.
func (t *Tokens) Forget() {
	t.list = nil
	clear(t.known)
}

func (t *Tokens) trim() {
	for len(t.list) > t.window {
		delete(t.known, t.list[0].Text)
		t.list = t.list[1:]
	}
}

// List is the window, oldest first. Do not change it.
func (t *Tokens) List() []Token { return slices.Clip(t.list) }
