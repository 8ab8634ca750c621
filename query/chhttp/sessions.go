package chhttp

import (
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/engine"
)

// sessions are the sessions that clients named by session_id. One request at a
// time may use a session.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*named
}

type named struct {
	session *engine.Session
	busy    bool
	expires time.Time
}

func newSessions() *sessions { return &sessions{byID: map[string]*named{}} }

// open gives the session of a request; without session_id it lives as long as
// the request.
func (s *sessions) open(user string, values url.Values) (*engine.Session, func(), error) {
	id := values.Get("session_id")
	if id == "" {
		return engine.NewSession(user), func() {}, nil
	}
	keep := sessionTimeout
	if v := values.Get("session_timeout"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || time.Duration(n)*time.Second > sessionTimeoutMax {
			return nil, nil, chcode.Errorf(chcode.BadArguments, "session_timeout must be 0 to %d seconds", int(sessionTimeoutMax.Seconds()))
		}
		keep = time.Duration(n) * time.Second
	}
	key := user + "\x00" + id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(time.Now())
	n := s.byID[key]
	switch {
	case n == nil && values.Get("session_check") == "1":
		return nil, nil, chcode.Errorf(chcode.SessionNotFound, "Session %s not found", id)
	case n == nil && len(s.byID) >= maxSessions:
		return nil, nil, chcode.Errorf(chcode.TooManySimultaneousQueries, "Too many sessions: at most %d", maxSessions)
	case n == nil:
		n = &named{session: engine.NewSession(user)}
		s.byID[key] = n
	case n.busy:
		return nil, nil, chcode.Errorf(chcode.SessionIsLocked, "Session %s is locked by a concurrent client", id)
	}
	n.busy = true
	return n.session, func() { s.release(n, keep) }, nil
}

func (s *sessions) release(n *named, keep time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.busy = false
	n.expires = time.Now().Add(keep)
}

// expire forgets sessions whose time has passed.
func (s *sessions) expire(now time.Time) {
	for key, n := range s.byID {
		if !n.busy && now.After(n.expires) {
			delete(s.byID, key)
		}
	}
}
