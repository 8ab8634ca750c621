# Freshet: everything that a developer types. `make help` lists it.

GO        ?= go
VERSION   ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS   := -s -w -X main.version=$(VERSION) -funcalign=8
TOOLS     := $(CURDIR)/.tools
GOLANGCI  := v2.15.0
FUZZTIME  ?= 20s
PACKAGES  := ./...
# Arrow prints JSON by the standard library: 1.3 MB less of binary. No HTTP/2, which ClickHouse's interface does not
# speak either: 0.5 MB less.
TAGS      := arrow_json_stdlib nethttpomithttp2
# What runs once a connection, a statement or a file is not inlined: 1 MB less. The packages with loops over rows are.
COLD      := crypto/... vendor/... strings net net/... math/big encoding/asn1 encoding/json text/template/... html/template reflect log/... fmt \
             time regexp/syntax mime/... os os/... io/fs syscall internal/poll path/filepath flag context encoding/gob \
             sort path bufio html net/url net/textproto go/... text/tabwriter compress/... testing encoding/csv encoding/hex encoding/base64 encoding/pem hash/... \
             io errors unique $(addprefix internal/,fmtsort filepathlite godebug bisect reflectlite saferio singleflight runtime/cgroup) \
             $(addprefix github.com/,fatih/... armon/... klauspost/cpuid/... apache/arrow-go/v18/... hashicorp/... coreos/... benbjohnson/... mattn/... \
             google/... HdrHistogram/... pierrec/lz4/v4 pierrec/lz4/v4/internal/lz4stream) golang.org/x/... go.etcd.io/bbolt/... \
             $(addprefix github.com/freshetdb/freshet/,query/ast query/parse query/bind query/ddl query/plan query/rewrite \
             query/build query/engine query/system query/chhttp cluster/... ingest/tail ingest/pipe cmd/... index/sparse columnar/table columnar/manifest columnar/entry columnar/vfs columnar/ledger columnar/chcode bench bench/work bench/peer bench/load bench/report bench/gen)
GCFLAGS   := $(foreach p,$(COLD),-gcflags='$(p)=-l')

export CGO_ENABLED := 0
# Processors since 2009, as ClickHouse asks for: 20 KB less, and bits are counted without asking first.
export GOAMD64 ?= v2

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/freshet, one static binary
	@mkdir -p bin
	@printf '{"Replace": {"%s": "%s"}}\n' "$$($(GO) env GOROOT)/src/net/rpc/debug.go" '$(CURDIR)/cmd/overlay/netrpc_debug.go.txt' > bin/overlay.json
	$(GO) build -trimpath -overlay bin/overlay.json -tags '$(TAGS)' $(GCFLAGS) -ldflags '$(LDFLAGS)' -o bin/freshet ./cmd/freshet

.PHONY: run
run: build ## serve ./freshet-data on 127.0.0.1:8123
	./bin/freshet serve

.PHONY: demo
demo: build ## start a node with live sample data and print what to ask
	./bin/freshet demo $(ARGS)

.PHONY: test
test: ## run all tests; those over the public data sets name what they skip
	$(GO) test $(PACKAGES)

.PHONY: test-long
test-long: ## the long form of the property tests: rollups against a naive model 10,000 times, and the error of uniq
	$(GO) test -timeout 90m ./columnar/store -run TestShardIsItsLog -rapid.checks=10000
	FRESHET_LONG=1 $(GO) test -timeout 90m ./columnar/agg -run 'TestErrorOfUniq' -v

.PHONY: race
race: ## run the tests of concurrent packages under the race detector (needs gcc)
	CGO_ENABLED=1 $(GO) test -race ./index/... ./columnar/... ./cluster/... ./ingest/...

.PHONY: fault
fault: ## the long form of the fault tests: crashes at every point, kills under load
	FRESHET_FAULT=long $(GO) test -timeout 60m -run 'Crash|Fault|Kill|Full|Flip|Flipped|Torn' ./columnar/... ./index/... ./cluster/... ./cmd/...

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (default 20s)
	@for pkg in $$($(GO) list $(PACKAGES)); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; done

# The peers of `make bench`: npm installs them into the user's cache folder, unless CHDB_DIR and DUCKDB_DIR name folders.
BENCH     := ./bin/freshet bench --install

.PHONY: bench
bench: build ## measure beside ClickHouse and DuckDB: 10 million events, all workloads (an hour); report in bench-report/
	$(BENCH) --work all --rows 10000000 --rounds 7 --growth-rows 1000000,10000000,50000000 --out bench-report $(ARGS)

.PHONY: bench-quick
bench-quick: build ## the same with a million events and the workloads W1 to W7 and freshness (under five minutes without the first install); report in bench-report/
	$(BENCH) --work W1,W2,W3,W4,W5,W6,W7,fresh --rows 1000000 --ingest-rows 100000 --rounds 7 --seconds 10 --out bench-report $(ARGS)

.PHONY: bench-kernels
bench-kernels: ## benchmarks of the kernels, each beside its bound (docs/bench/kernels.md), and of storage; a few minutes
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./index/... ./columnar/... ./query/exec ./cluster/raftlog ./bench/gen

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## formatting, vet, linters, layers
	$(TOOLS)/golangci-lint fmt --diff
	$(TOOLS)/golangci-lint run
	$(GO) test ./cmd -run TestLayers

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## format the sources
	$(TOOLS)/golangci-lint fmt
