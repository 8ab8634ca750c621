package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// createEntity reads CREATE of a user, role, policy, quota or profile; nil if it is none of them.
func (p *parser) createEntity(from int, c ast.Create) ast.Statement {
	kind, ok := p.accessKind()
	if !ok {
		return nil
	}
	e := ast.Entity{OrReplace: c.OrReplace}
	switch {
	case p.word("IF", "NOT", "EXISTS"):
		e.IfNotExists = true
	case p.word("OR", "REPLACE"):
		e.OrReplace = true
	}
	return p.entity(from, kind, e)
}

// alterEntity reads ALTER of the same, and of named collections; nil if it is none of them.
func (p *parser) alterEntity(from int) ast.Statement {
	if p.word("NAMED", "COLLECTION") {
		return p.alterNamedCollection(from)
	}
	kind, ok := p.accessKind()
	if !ok {
		return nil
	}
	return p.entity(from, kind, ast.Entity{Alter: true, IfExists: p.word("IF", "EXISTS")})
}

func (p *parser) accessKind() (ast.ObjectKind, bool) {
	switch w, _ := p.oneOfPhrases("USER", "ROLE", "ROW POLICY", "POLICY", "QUOTA", "SETTINGS PROFILE", "PROFILE"); w {
	case "USER":
		return ast.ObjectUser, true
	case "ROLE":
		return ast.ObjectRole, true
	case "ROW POLICY", "POLICY":
		return ast.ObjectRowPolicy, true
	case "QUOTA":
		return ast.ObjectQuota, true
	case "SETTINGS PROFILE", "PROFILE":
		return ast.ObjectProfile, true
	default:
		return 0, false
	}
}

func (p *parser) entity(from int, kind ast.ObjectKind, e ast.Entity) ast.Statement {
	p.commaList(func() { e.Names = append(e.Names, p.entityRef()) })
	switch kind {
	case ast.ObjectUser:
		return p.user(from, e)
	case ast.ObjectRole:
		n := &ast.CreateRole{Entity: e}
		for p.entityClause(&n.Entity) || p.profileSettings(&n.Settings) {
		}
		n.Span = p.span(from)
		return n
	case ast.ObjectRowPolicy:
		return p.rowPolicy(from, e)
	case ast.ObjectQuota:
		return p.quota(from, e)
	default:
		n := &ast.CreateProfile{Entity: e}
		for p.entityClause(&n.Entity) || p.profileSettings(&n.Settings) {
		}
		if p.word("TO") {
			n.To = p.names()
		}
		n.Span = p.span(from)
		return n
	}
}

// entityRef reads a name with an optional host pattern.
func (p *parser) entityRef() ast.Name {
	from := p.i
	n := ast.Name{}
	if p.word("CURRENT_USER") {
		n.CurrentUser = true
		if p.accept(tOpen) {
			p.expect(tClose)
		}
	} else {
		n.Name = p.identOrString()
		if p.accept(tAt) {
			n.Host = p.identOrString()
		}
		if n.Host == "%" {
			n.Host = "" // Any host, as without one.
		}
	}
	n.Span = p.span(from)
	return n
}

// names reads NONE, ALL [EXCEPT ...] or names.
func (p *parser) names() *ast.Names {
	from := p.i
	n := &ast.Names{}
	p.commaList(func() {
		switch {
		case p.word("NONE"):
			n.None = true
		case p.word("ALL"), p.word("ANY"):
			n.All = true
		default:
			n.Names = append(n.Names, p.entityRef())
		}
	})
	if p.word("EXCEPT") && !p.word("NONE") {
		p.commaList(func() { n.Except = append(n.Except, p.entityRef()) })
	}
	if n.All {
		n.Names = nil // They are among all.
	}
	n.None = n.None && !n.All && n.Names == nil
	n.Span = p.span(from)
	return n
}

// entityClause reads ON CLUSTER, RENAME TO and IN storage.
func (p *parser) entityClause(e *ast.Entity) bool {
	switch {
	case e.Cluster == nil && p.isWords("ON", "CLUSTER"):
		e.Cluster = p.cluster()
	case e.Alter && e.RenameTo == "" && p.word("RENAME", "TO"):
		e.RenameTo = p.entityName()
	case e.Storage == "" && p.word("IN"):
		e.Storage = p.identOrString()
	default:
		return false
	}
	return true
}

func (p *parser) user(from int, e ast.Entity) ast.Statement {
	n := &ast.CreateUser{Entity: e}
	for p.entityClause(&n.Entity) || p.authClause(n) || p.userClause(n) || p.profileSettings(&n.Settings) {
	}
	n.Span = p.span(from)
	return n
}

// authClause reads how a user identifies.
func (p *parser) authClause(n *ast.CreateUser) bool {
	switch {
	case n.Auth != nil || n.NotIdentified:
		return false
	case p.word("NOT", "IDENTIFIED"):
		n.NotIdentified = true
		return true
	case n.Alter && p.word("RESET", "AUTHENTICATION", "METHODS", "TO", "NEW"):
		n.ResetAuth = true
		return true
	case n.Alter && p.word("ADD", "IDENTIFIED"):
		n.AddAuth = true
	case p.word("IDENTIFIED"):
	default:
		return false
	}
	n.Auth = append(n.Auth, p.authMethod(true))
	for p.is(tComma) && (p.ahead(1).kind == tWord || p.ahead(1).kind == tQuoted) {
		p.advance()
		n.Auth = append(n.Auth, p.authMethod(false))
	}
	return true
}

// authMethod reads [WITH] method and its options. first is the one behind IDENTIFIED.
func (p *parser) authMethod(first bool) *ast.AuthMethod {
	from := p.i
	n := &ast.AuthMethod{}
	if p.word("WITH") || !first && !p.isWords("BY") {
		n.Method = strings.ToLower(p.ident())
	} else if !p.isWords("BY") {
		p.fail("WITH", "BY")
	}
	if p.word("BY") {
		if p.isWords("KEY") {
			p.commaList(func() { n.Keys = append(n.Keys, p.sshKey()) })
		} else {
			n.HasBy = true
			n.By = p.str()
		}
	}
	for {
		switch w, _ := p.oneOf("SALT", "SERVER", "SCHEME", "REALM", "CN", "SAN"); w {
		case "SALT":
			n.Salt = p.str()
			continue
		case "SERVER":
			n.Server = p.str()
			continue
		case "SCHEME":
			n.Scheme = p.str()
			continue
		case "REALM":
			n.Realm = p.str()
			continue
		case "CN", "SAN":
			n.SAN = w == "SAN"
			n.Names = append(n.Names, p.str())
			for p.is(tComma) && p.ahead(1).kind == tString {
				p.advance()
				n.Names = append(n.Names, p.str())
			}
			continue
		}
		break
	}
	if p.word("VALID", "UNTIL") {
		n.ValidUntil = p.str()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) sshKey() *ast.SSHKey {
	from := p.i
	p.expectWord("KEY")
	n := &ast.SSHKey{Key: p.identOrString()}
	p.expectWord("TYPE")
	n.Type = p.identOrString()
	n.Span = p.span(from)
	return n
}

// userClause reads HOST, DEFAULT ROLE, DEFAULT DATABASE and GRANTEES.
func (p *parser) userClause(n *ast.CreateUser) bool {
	from := p.i
	switch {
	case p.word("HOST"):
		n.Hosts = append(n.Hosts, p.hosts(from, ""))
	case n.Alter && p.word("ADD", "HOST"):
		n.Hosts = append(n.Hosts, p.hosts(from, "ADD"))
	case n.Alter && p.word("DROP", "HOST"):
		n.Hosts = append(n.Hosts, p.hosts(from, "DROP"))
	case n.DefaultRole == nil && p.word("DEFAULT", "ROLE"):
		n.DefaultRole = p.names()
	case p.word("DEFAULT", "DATABASE"):
		if p.word("NONE") {
			n.NoDefaultDatabase = true
		} else {
			n.DefaultDatabase = p.ident()
		}
	case n.Grantees == nil && p.word("GRANTEES"):
		n.Grantees = p.names()
	default:
		return false
	}
	return true
}

// hosts reads the patterns behind HOST. NAME REGEXP 'x' is REGEXP 'x'.
func (p *parser) hosts(from int, verb string) *ast.HostList {
	n := &ast.HostList{Verb: verb}
	kind := ""
	p.commaList(func() {
		start := p.i
		h := &ast.Host{}
		if w, ok := p.oneOf("ANY", "NONE", "LOCAL"); ok {
			h.Kind = w
		} else {
			p.word("NAME", "REGEXP")
			if w, ok := p.oneOf("REGEXP", "NAME", "IP", "LIKE"); ok {
				kind = w
			} else if p.i > start {
				kind = "REGEXP"
			}
			if kind == "" {
				p.fail()
			}
			h.Kind, h.Value = kind, p.str()
		}
		h.Span = p.span(start)
		n.Hosts = append(n.Hosts, h)
	})
	n.Span = p.span(from)
	return n
}

// profileSettings reads one group of settings.
func (p *parser) profileSettings(groups *[]*ast.ProfileSettings) bool {
	from := p.i
	if len(*groups) > 0 {
		p.accept(tComma)
	}
	w, ok := p.oneOfPhrases("SETTINGS", "SETTING", "ADD SETTINGS", "ADD SETTING", "MODIFY SETTINGS", "MODIFY SETTING",
		"DROP ALL SETTINGS", "DROP ALL PROFILES", "DROP SETTINGS", "DROP SETTING", "ADD PROFILES", "ADD PROFILE",
		"DROP PROFILES", "DROP PROFILE", "PROFILES", "PROFILE")
	if !ok {
		p.i = from
		return false
	}
	g := &ast.ProfileSettings{Verb: w}
	switch {
	case strings.HasPrefix(w, "DROP ALL"):
	case p.isWords("NONE") && p.ahead(1).kind != tEq:
		p.advance()
		g.None = true
	case strings.Contains(w, "PROFILE"):
		p.separated(func() {
			start := p.i
			item := &ast.ProfileSetting{Name: p.identOrString()}
			item.Span = p.span(start)
			g.Items = append(g.Items, item)
		})
	default:
		p.separated(func() { g.Items = append(g.Items, p.profileSetting()) })
	}
	g.Span = p.span(from)
	*groups = append(*groups, g)
	return true
}

// separated is commaList that leaves a comma which begins another group.
func (p *parser) separated(item func()) {
	item()
	for p.is(tComma) && !p.isWordAt(1, "ADD") && !p.isWordAt(1, "DROP") && !p.isWordAt(1, "MODIFY") {
		p.advance()
		item()
	}
}

func (p *parser) profileSetting() *ast.ProfileSetting {
	from := p.i
	n := &ast.ProfileSetting{}
	if w, ok := p.isOneOf("PROFILE", "INHERIT"); ok && (p.ahead(1).kind == tString || p.ahead(1).kind == tWord ||
		p.ahead(1).kind == tQuoted) {
		p.advance()
		n.Inherit = w == "INHERIT"
		n.Profile = p.identOrString()
		n.Span = p.span(from)
		return n
	}
	n.Name = strings.Join(p.compoundName().Parts, ".")
	for {
		switch {
		case n.Value == nil && p.accept(tEq):
			n.Value = p.settingValue()
			continue
		case n.Min == nil && p.word("MIN"):
			p.accept(tEq)
			n.Min = p.settingValue()
			continue
		case n.Max == nil && p.word("MAX"):
			p.accept(tEq)
			n.Max = p.settingValue()
			continue
		}
		w, ok := p.oneOf("READONLY", "WRITABLE", "CONST", "CHANGEABLE_IN_READONLY")
		if !ok || n.Mode != "" {
			break
		}
		n.Mode = w
	}
	n.Span = p.span(from)
	return n
}

// wildTable reads [db.]name where name may be a star or end in one, as rights and policies have it.
func (p *parser) wildTable() *ast.TableName {
	from := p.i
	n := &ast.TableName{}
	part := func() (string, *ast.Param, bool) {
		if p.accept(tAsterisk) {
			return "", nil, true
		}
		name, param := p.namePart()
		return name, param, false
	}
	var star bool
	n.Table, n.TableParam, star = part()
	switch {
	case p.accept(tDot):
		n.AnyDatabase, n.Database, n.DatabaseParam = star, n.Table, n.TableParam
		n.Table, n.TableParam, n.AnyTable = part()
	default:
		n.AnyTable = star
	}
	if !n.AnyTable && p.accept(tAsterisk) {
		n.Prefix = true
		if n.Database == "" && n.DatabaseParam == nil && !n.AnyDatabase && p.accept(tDot) {
			p.expect(tAsterisk)
			n.Database, n.Table, n.AnyTable = n.Table, "", true
			n.DatabasePrefix, n.Prefix = true, false
		}
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) rowPolicy(from int, e ast.Entity) ast.Statement {
	n := &ast.CreateRowPolicy{Entity: e}
	n.Cluster = p.cluster()
	p.expectWord("ON")
	p.commaList(func() { n.On = append(n.On, p.wildTable()) })
	for {
		switch {
		case p.entityClause(&n.Entity):
			continue
		case n.Kind == "" && p.word("AS"):
			w, ok := p.oneOf("PERMISSIVE", "RESTRICTIVE")
			if !ok {
				p.fail()
			}
			n.Kind = w
			continue
		case p.word("FOR", "SELECT"):
			continue
		case n.Using == nil && !n.UsingNone && p.word("USING"):
			if p.isWords("NONE") {
				p.advance()
				n.UsingNone = true
			} else {
				n.Using = p.plain()
			}
			continue
		}
		break
	}
	if p.word("TO") {
		n.To = p.names()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) quota(from int, e ast.Entity) ast.Statement {
	n := &ast.CreateQuota{Entity: e}
	for {
		switch {
		case p.entityClause(&n.Entity):
			continue
		case n.KeyedBy == nil && (p.word("KEYED", "BY") || p.word("KEY", "BY")):
			p.commaList(func() { n.KeyedBy = append(n.KeyedBy, p.identOrString()) })
			continue
		case p.word("NOT", "KEYED"):
			n.NotKeyed = true
			continue
		}
		break
	}
	for p.isWords("FOR") || len(n.Limits) > 0 && p.is(tComma) && p.isWordAt(1, "FOR") {
		p.accept(tComma)
		n.Limits = append(n.Limits, p.quotaLimit())
	}
	if p.word("TO") {
		n.To = p.names()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) quotaLimit() *ast.QuotaLimit {
	from := p.i
	p.expectWord("FOR")
	n := &ast.QuotaLimit{Randomized: p.word("RANDOMIZED")}
	p.word("INTERVAL")
	start := p.i
	value := p.number(false)
	unit, ok := p.unitAt(0)
	if !ok {
		p.fail("interval unit")
	}
	p.advance()
	n.Interval = &ast.Interval{Base: ast.Base{Span: p.span(start)}, Value: value, Unit: unit}
	switch {
	case p.word("NO", "LIMITS"):
		n.NoLimits = true
	case p.word("TRACKING", "ONLY"):
		n.TrackingOnly = true
	default:
		p.expectWord("MAX")
		n.Max = append(n.Max, p.quotaMax())
		for p.is(tComma) && !p.isWordAt(1, "FOR") {
			p.advance()
			p.word("MAX")
			n.Max = append(n.Max, p.quotaMax())
		}
	}
	n.Span = p.span(from)
	return n
}

// quotaMax reads name [=] number.
func (p *parser) quotaMax() *ast.Setting {
	from := p.i
	s := &ast.Setting{Name: p.ident()}
	p.accept(tEq)
	s.Value = p.literal()
	s.Span = p.span(from)
	return s
}

// grant reads GRANT and REVOKE.
func (p *parser) grant() ast.Statement {
	from := p.i
	n := &ast.Grant{}
	to := "TO"
	if w, _ := p.oneOf("GRANT", "REVOKE"); w == "REVOKE" {
		n.Revoke = true
		to = "FROM"
	}
	n.Cluster = p.cluster()
	if n.Revoke {
		n.GrantOption = p.word("GRANT", "OPTION", "FOR")
		n.AdminOption = p.word("ADMIN", "OPTION", "FOR")
	}
	p.granted(n, to)
	if n.Cluster == nil {
		n.Cluster = p.cluster()
	}
	p.expectWord(to)
	n.To = p.names()
	for !n.Revoke {
		switch {
		case p.word("WITH", "GRANT", "OPTION"):
			n.GrantOption = true
			continue
		case p.word("WITH", "ADMIN", "OPTION"):
			n.AdminOption = true
			continue
		case p.word("WITH", "REPLACE", "OPTION"):
			n.ReplaceOption = true
			continue
		}
		break
	}
	n.Span = p.span(from)
	return n
}

// granted reads roles or rights: roles have no ON, and no brackets or words of privileges.
func (p *parser) granted(n *ast.Grant, to string) {
	switch {
	case p.isWords("CURRENT", "GRANTS"):
		p.i += 2
		n.CurrentGrants = true
		if p.word("ON") {
			from := p.i
			r := &ast.Right{Privileges: []*ast.Privilege{{Span: p.span(from), Name: "ALL"}}, On: p.wildTable()}
			n.Rights = []*ast.Right{r}
			return
		}
		p.expect(tOpen)
		p.commaList(func() { n.Rights = append(n.Rights, p.right()) })
		p.expect(tClose)
	case p.try(func() { p.commaList(func() { n.Rights = append(n.Rights, p.right()) }) }):
		if !p.isWords(to) && !p.isWords("ON", "CLUSTER") {
			p.fail(to)
		}
	default:
		n.Rights = nil
		n.Roles = p.names()
	}
}

// right reads privileges ON object.
func (p *parser) right() *ast.Right {
	from := p.i
	n := &ast.Right{}
	p.commaList(func() { n.Privileges = append(n.Privileges, p.privilege()) })
	if p.isWords("ON") && !p.isWords("ON", "CLUSTER") {
		p.advance()
		if p.isIdent() && p.ahead(1).kind == tOpen {
			n.Source = p.engine()
		} else {
			n.On = p.wildTable()
		}
	} else if !takesNoObject(n.Privileges) {
		p.fail("ON")
	}
	n.Span = p.span(from)
	return n
}

// takesNoObject says whether rights may stand without ON: REVOKE ALL FROM u.
func takesNoObject(ps []*ast.Privilege) bool {
	return len(ps) == 1 && (ps[0].Name == "ALL" || ps[0].Name == "NONE" || ps[0].Name == "ALL PRIVILEGES")
}

// privilege reads the words of an access type, with its columns.
func (p *parser) privilege() *ast.Privilege {
	from := p.i
	n := &ast.Privilege{}
	for p.is(tWord) && !p.isWords("ON") && !p.isWords("TO") && (!p.isWords("FROM") || n.Name == "") {
		w := strings.ToUpper(p.advance().str)
		if n.Name != "" {
			w = " " + w
		}
		n.Name += w
	}
	if n.Name == "" {
		p.fail("access type")
	}
	if p.is(tOpen) {
		n.Columns = p.parenIdents()
	}
	n.Span = p.span(from)
	return n
}

// checkGrant reads CHECK GRANT rights, with both words read already.
func (p *parser) checkGrant(from int) ast.Statement {
	n := &ast.CheckGrant{}
	p.commaList(func() { n.Rights = append(n.Rights, p.right()) })
	n.Span = p.span(from)
	return n
}

// moveEntity reads MOVE USER a TO storage.
func (p *parser) moveEntity() ast.Statement {
	from := p.i
	p.expectWord("MOVE")
	kind, ok := p.accessKind()
	if !ok {
		p.fail()
	}
	n := &ast.MoveEntity{Kind: kind}
	p.commaList(func() { n.Names = append(n.Names, p.entityName()) })
	if kind == ast.ObjectRowPolicy && p.word("ON") {
		p.commaList(func() { n.On = append(n.On, p.wildTable()) })
	}
	p.expectWord("TO")
	n.To = p.identOrString()
	n.Span = p.span(from)
	return n
}

// executeAs reads EXECUTE AS user [statement].
func (p *parser) executeAs() ast.Statement {
	from := p.i
	p.expectWord("EXECUTE", "AS")
	n := &ast.ExecuteAs{User: p.entityRef()}
	if !p.is(tEOF) && !p.is(tSemicolon) {
		n.Statement = p.statement()
	}
	n.Span = p.span(from)
	return n
}
