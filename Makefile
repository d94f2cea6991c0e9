# Set-up, in steps that run only when what they read has changed. `npm run setup` is `make setup`; plain make, so that it
# works before there is a node_modules. src/nss/Makefile builds the C module.

MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.PHONY: setup install nss bundle deb rpm clean

installed := node_modules/.installed-lock
# Where the small native parts of the daemons are built: elsewhere for another machine, with its CC.
NATIVE ?= build
sources := $(shell find src -name nss -prune -o \( -name '*.ts' -o -type d \) -print)

export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# npm must not run on the pinned Node that it is about to replace, so node_modules leaves the path.
npm := PATH=$$(printf %s "$$PATH" | tr : '\n' | grep -v node_modules | paste -sd :) npm

setup: dist/.built nss $(NATIVE)/allocator.node $(NATIVE)/packets.node $(NATIVE)/launcher $(NATIVE)/name-service build/page/index.html build/query/query.cjs node_modules/.tap-built

install: $(installed)

# The lock file's content decides, not its time: a branch switch that leaves it alone installs nothing.
ifneq ($(shell cmp -s package-lock.json $(installed) || echo changed),)
.PHONY: $(installed)
endif
$(installed):
	@echo 'kickback: installing packages'
	@$(npm) ci --no-audit --no-fund --loglevel=error
	@cp package-lock.json $@

# Puts the folder $(1), which is whole, in the place of $(2). A daemon that runs from it goes on, and says that its program was replaced where
# it would need another file of it.
in_place = { [ ! -e $(2) ] || mv $(2) $(1).old; } && mv $(1) $(2) && rm -rf $(1).old

dist/.built: $(sources) tsconfig.json tsconfig.build.json $(installed)
	@echo 'kickback: compiling TypeScript'
	@rm -rf build/dist build/dist.old
	@node_modules/.bin/tsc -p tsconfig.build.json --outDir build/dist
	@touch build/dist/.built
	@$(call in_place,build/dist,dist)

# What browsers get of the page: its scripts have the types of a browser, and so a project of their own.
build/page/index.html: $(wildcard src/page/*.ts src/page/browser/*) tsconfig.json $(installed)
	@echo 'kickback: compiling the page'
	@rm -rf build/page.new build/page.new.old
	@node_modules/.bin/tsc -p src/page/browser/tsconfig.json --noEmit false --allowImportingTsExtensions false --outDir build/page.new/made
	@mv build/page.new/made/browser build/page.new/whole
	@cp src/page/browser/icon.svg src/page/browser/style.css src/page/browser/index.html build/page.new/whole/
	@$(call in_place,build/page.new/whole,build/page) && rm -rf build/page.new

bundling := $(addprefix packaging/,query.ts program.ts loader.cjs direct-imports.ts) tools/direct-imports.ts
# `kickback query` as one file, which starts in half the time.
build/query/query.cjs: dist/.built packaging/checkout-query.ts $(bundling)
	@node --disable-warning=ExperimentalWarning packaging/checkout-query.ts build/query.new
	@$(call in_place,build/query.new,build/query)

# The program in few files, as the packages of distributions have it. The tests start it thousands of times: it is up in half the time.
# It has no package.json of its own, so that it finds what the checkout has.
build/program/bin/kickback: dist/.built packaging/bundle.ts packaging/daemons.ts packaging/code-keeper.cjs $(bundling) bin/kickback
	@rm -rf build/bundle build/bundle.old
	@node --disable-warning=ExperimentalWarning packaging/bundle.ts build/bundle checkout
	@rm build/bundle/package.json build/bundle/licences.txt
	@ln -s ../../node_modules/node/bin/node ../launcher build/bundle
	@mkdir build/bundle/bin && cp bin/kickback build/bundle/bin
	@touch build/bundle/bin/kickback
	@$(call in_place,build/bundle,build/program)

nss:
	@$(MAKE) -s -C src/nss

# A module of Node-API works on every Node that comes later. The headers are those of the pinned one.
node_headers = $(firstword $(wildcard node_modules/node/node_modules/node-*/include/node))
$(NATIVE)/allocator.node: src/daemon/memory/allocator.c src/daemon/memory/mapping.c src/daemon/memory/mapping.h \
		src/daemon/memory/holes.c src/daemon/memory/holes.h \
		src/daemon/supervision/priority.c src/daemon/supervision/priority.h $(installed)
	@mkdir -p $(@D)
	@$(CC) -std=c11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -Wpedantic -isystem $(node_headers) $(CFLAGS) \
		-shared -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS) -o $@ $(filter %.c,$^)

# DNS packets many a system call. It lies on the way of each: so -O3.
packets := $(wildcard src/dns/batch/*.c)
$(NATIVE)/packets.node: $(packets) $(wildcard src/dns/batch/*.h) $(installed)
	@mkdir -p $(@D)
	@$(CC) -std=c11 -O3 -g -fPIC -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wall -Wextra -Wshadow -isystem $(node_headers) \
		$(CFLAGS) -shared -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS) -o $@ $(packets)

# The program that a unit starts a daemon by. It links to the C library alone, as the module does.
$(NATIVE)/launcher: src/daemon/supervision/launcher.c
	@mkdir -p $(@D)
	@$(CC) -std=c11 -D_GNU_SOURCE -O2 -g -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wall -Wextra -Wpedantic -Wshadow \
		-Wstrict-prototypes -Wmissing-prototypes $(CFLAGS) -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed,--wrap=__libc_start_main $(LDFLAGS) -o $@ $<

# The program that asks the master's own name service. dlopen(3) was in a library of its own before glibc 2.34.
$(NATIVE)/name-service: src/daemon/accounts/name-service.c
	@mkdir -p $(@D)
	@$(CC) -std=c11 -D_GNU_SOURCE -O2 -g -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wall -Wextra -Wpedantic -Wshadow \
		-Wstrict-prototypes -Wmissing-prototypes $(CFLAGS) -pie -Wl,-z,relro,-z,now,-z,noexecstack,--wrap=__libc_start_main \
		$(LDFLAGS) -o $@ $< -Wl,--no-as-needed -l:libdl.so.2

# tap's set of plugins differs from its default (.taprc), and the first run would fail while it builds that set.
node_modules/.tap-built: .taprc $(installed)
	@echo 'kickback: building the test runner'
	@node_modules/.bin/tap build >/dev/null
	@touch $@

# The tools of npm run mutate: 70 MB that no other clone needs.
build/mutation/node_modules: test/mutation/package-lock.json
	@echo 'kickback: installing the mutation tester'
	@mkdir -p build/mutation
	@cp test/mutation/package.json test/mutation/package-lock.json build/mutation/
	@$(npm) ci --prefix build/mutation --no-audit --no-fund --loglevel=error
	@touch $@

# Packages of distributions: packaging/Makefile.
bundle deb rpm: setup
	@$(MAKE) -C packaging $@

clean:
	rm -rf dist build .tap
