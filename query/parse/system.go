package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// systemArg says what a SYSTEM command takes behind its words.
type systemArg uint8

const (
	argNone    systemArg = iota
	argTable             // an optional table
	argNames             // an optional list of names
	argName              // one name or string
	argOptions           // words and constants, kept as they are
)

// system reads SYSTEM command.
func (p *parser) system() ast.Statement {
	from := p.i
	p.expectWord("SYSTEM")
	n := &ast.System{}
	arg := p.systemCommand(n)
	n.Cluster = p.cluster()
	switch arg {
	case argNone:
	case argTable:
		if p.isIdent() && !p.isWords("ON") && !p.isWords("SETTINGS") || p.is(tOpenCur) {
			n.Table = p.tableName()
		}
	case argNames:
		if p.isIdent() {
			p.commaList(func() { n.Names = append(n.Names, strings.Join(p.compoundName().Parts, ".")) })
		}
	case argName:
		if p.is(tString) {
			start := p.i
			n.Table = &ast.TableName{Table: p.identOrString()}
			n.Table.Span = p.span(start)
		} else {
			n.Table = p.tableName()
		}
	case argOptions:
	}
	if n.Cluster == nil {
		n.Cluster = p.cluster()
	}
	p.systemOptions(n)
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
	n.Span = p.span(from)
	return n
}

// systemCommand reads the command's words and says what may follow them.
func (p *parser) systemCommand(n *ast.System) systemArg {
	for _, c := range [...]struct {
		phrases []string
		arg     systemArg
	}{
		{[]string{"FLUSH LOGS"}, argNames},
		{[]string{
			"RELOAD DICTIONARIES", "RELOAD EMBEDDED DICTIONARIES", "RELOAD MODELS", "RELOAD FUNCTIONS",
			"RELOAD CONFIG", "RELOAD USERS", "RELOAD SYMBOLS", "RELOAD ASYNCHRONOUS METRICS", "SHUTDOWN", "KILL",
			"FLUSH ASYNC INSERT QUEUE", "RESTART REPLICAS", "STOP VIEWS", "START VIEWS", "STOP REPLICATED VIEWS",
			"START REPLICATED VIEWS", "SYNC TRANSACTION LOG",
			"SYNC FILE CACHE", "SYNC FILESYSTEM CACHE", "START THREAD FUZZER", "STOP THREAD FUZZER", "JEMALLOC PURGE",
			"JEMALLOC ENABLE PROFILE", "JEMALLOC DISABLE PROFILE", "JEMALLOC FLUSH PROFILE",
		}, argNone},
		{[]string{"RELOAD DICTIONARY", "RELOAD MODEL", "RELOAD FUNCTION", "RESTART DISK"}, argName},
		{[]string{"STOP", "START"}, argTable},
		{[]string{
			"SYNC DATABASE REPLICA", "SYNC REPLICA", "RESTART REPLICA", "RESTORE DATABASE REPLICA",
			"RESTORE REPLICA", "FLUSH DISTRIBUTED", "REFRESH VIEW", "WAIT VIEW", "CANCEL VIEW", "TEST VIEW",
			"LOAD PRIMARY KEY", "UNLOAD PRIMARY KEY", "LOAD PRIMARY KEYS", "UNLOAD PRIMARY KEYS",
			"PREWARM MARK CACHE", "PREWARM PRIMARY INDEX CACHE",
			"WAIT LOADING PARTS",
		}, argTable},
		{[]string{"ENABLE FAILPOINT", "DISABLE FAILPOINT", "WAIT FAILPOINT", "NOTIFY FAILPOINT"}, argName},
		{[]string{"UNFREEZE"}, argOptions},
	} {
		if w, ok := p.oneOfPhrases(c.phrases...); ok {
			n.Command = w
			if w == "STOP" || w == "START" {
				return p.startStop(n)
			}
			return c.arg
		}
	}
	if w, ok := p.oneOf("DROP", "CLEAR"); ok {
		return p.systemDrop(n, w)
	}
	p.fail()
	return argNone
}

// startStop reads what is started or stopped.
func (p *parser) startStop(n *ast.System) systemArg {
	if p.word("LISTEN") {
		n.Command += " LISTEN"
		return argOptions
	}
	w, ok := p.oneOfPhrases("TTL MERGES", "MERGES", "MOVES", "FETCHES", "REPLICATED SENDS", "REPLICATION QUEUES",
		"DISTRIBUTED SENDS", "PULLING REPLICATION LOG", "VIRTUAL PARTS UPDATE", "CLEANUP",
		"REPLICATED DDL QUERIES", "VIEW", "REPLICATED VIEW", "REDUCE BLOCKING PARTS")
	if !ok {
		p.fail()
	}
	n.Command += " " + w
	return argTable
}

// systemDrop reads DROP ... CACHE, which is CLEAR ... CACHE too, and DROP REPLICA.
func (p *parser) systemDrop(n *ast.System, verb string) systemArg {
	n.Command = verb
	for {
		t := p.tok()
		if t.kind != tWord {
			p.fail("CACHE", "REPLICA")
		}
		p.advance()
		w := strings.ToUpper(t.str)
		n.Command += " " + w
		switch w {
		case "CACHE", "CACHES", "CONNECTIONS", "METADATA", "REPLICA", "STATE":
			if w == "CACHE" || w == "CACHES" || w == "CONNECTIONS" {
				n.Command = "DROP" + strings.TrimPrefix(n.Command, verb)
			}
			return argOptions
		}
	}
}

// systemOptions keeps the words and constants behind a command as they are.
func (p *parser) systemOptions(n *ast.System) {
	for {
		from := p.i
		switch t := p.tok(); t.kind {
		case tString, tNumber:
			n.Options = append(n.Options, p.literal())
		case tWord:
			if p.isWords("SETTINGS") || p.isWords("FORMAT") || p.isWords("PARALLEL", "WITH") ||
				p.isWords("FORMAT") && p.ahead(1).kind != tWord {
				return
			}
			p.advance()
			n.Options = append(n.Options, p.optionWord(from, t))
		case tQuoted:
			n.Options = append(n.Options, p.optionName(from))
		case tComma, tDot:
			p.advance()
			n.Options = append(n.Options, &ast.Word{Base: ast.Base{Span: p.span(from)}, Text: p.lex.text[t.start:t.end]})
		default:
			return
		}
	}
}

// optionWord keeps a keyword in upper case; a name with dots is a name.
func (p *parser) optionWord(from int, t token) ast.Expr {
	if p.is(tDot) {
		p.i = from
		return p.optionName(from)
	}
	return &ast.Word{Base: ast.Base{Span: p.span(from)}, Text: t.str}
}

func (p *parser) optionName(from int) ast.Expr {
	id := p.compoundName()
	id.Span = p.span(from)
	return id
}
