/// The style sheet of the report.
enum ReportStyle {
    /// The content security policy: nothing is loaded, and only this style sheet applies.
    static let policy =
        "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"

    private static let hash: String = {
        var hash = SHA256()
        hash.update(sheet.utf8)
        return Base64.encode(hash.digest())
    }()

    /// All text colors have a contrast of at least 4.5 to their background in both themes.
    static let sheet = """
        :root { color-scheme: light dark;
          --page: #ffffff; --raised: #f5f7f9; --line: #d5dae0; --text: #1b2026; --soft: #55606c; --link: #0b57c9;
          --good: #14692f; --good-back: #e6f5ea; --bad: #b01f16; --bad-back: #fdecea; --mark: #ffe08a; --mark-text: #1b2026;
          --bytes: #75808c; --content: #1f6fd6; --structure: #8250c4; --pings: #0e8074; --unknown: #b35900; }
        @media (prefers-color-scheme: dark) { :root {
          --page: #101418; --raised: #181d23; --line: #333c46; --text: #e4e8ec; --soft: #9ba6b2; --link: #7ab4ff;
          --good: #6cd98a; --good-back: #10291a; --bad: #ff938a; --bad-back: #36161a; --mark: #6b5200; --mark-text: #fff3cf;
          --bytes: #8a96a3; --content: #5ea3f7; --structure: #b794f0; --pings: #45c4b5; --unknown: #f0a050; } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 66rem; background: var(--page); color: var(--text);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          font-variant-numeric: tabular-nums; }
        code, pre, .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
          font-size: .875em; }
        a { color: var(--link); text-underline-offset: .15em; }
        a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link);
          outline-offset: 2px; border-radius: 4px; }
        .skip { position: absolute; left: -100rem; }
        .skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--page); z-index: 1; }
        header { padding: 2rem 0 .5rem; }
        .brand { margin: 0; color: var(--soft); font-size: .875rem; }
        h1 { margin: .1rem 0 0; font-size: 1.6rem; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
        h2, h3, h4 { line-height: 1.3; font-weight: 650; overflow-wrap: anywhere; }
        h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
        h3 { margin: 2rem 0 .6rem; font-size: 1.05rem; }
        p { margin: .5rem 0; max-width: 54rem; overflow-wrap: anywhere; }
        article + article, section + article { margin-top: 3.5rem; border-top: 1px solid var(--line); }
        .verdict { margin: 1rem 0 0; padding: 1rem 1.25rem; border-radius: 10px; border-left: 5px solid; }
        .verdict.good { background: var(--good-back); border-color: var(--good); }
        .verdict.bad { background: var(--bad-back); border-color: var(--bad); }
        .verdict p { margin: 0; max-width: none; }
        .verdict .outcome { font-weight: 650; }
        .sentence { font-size: 1.1rem; }
        .verdict .sentence { margin: .15rem 0 .35rem; }
        .badge { font-weight: 600; white-space: nowrap; }
        .badge.good { color: var(--good); } .badge.bad { color: var(--bad); }
        .advice { font-size: 1.05rem; }
        .note, .hint, .omitted { color: var(--soft); font-size: .875rem; }
        .note { display: block; }
        .named { color: var(--soft); font-size: .85em; border: 1px solid var(--line); border-radius: 3px; padding: 0 .2em; }
        dl { margin: .75rem 0; }
        dt { color: var(--soft); font-size: .875rem; }
        dd { margin: 0; overflow-wrap: anywhere; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; }
        .facts dt { font-size: .8125rem; white-space: nowrap; }
        .facts div { padding: .7rem .9rem; background: var(--raised); border-radius: 10px; }
        .facts .value { font-size: 1.3rem; font-weight: 600; }
        .facts .none { font-size: 1rem; font-weight: 400; color: var(--soft); }
        .pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .6rem 1.5rem; }
        .scroll { overflow-x: auto; margin: .75rem 0; border: 1px solid var(--line); border-radius: 10px; }
        table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
        caption { padding: .6rem .9rem; text-align: left; color: var(--soft); font-size: .875rem; }
        th, td { padding: .45rem .9rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
        thead th { color: var(--soft); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
        tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 11rem; }
        th.number, td.number { text-align: right; white-space: nowrap; min-width: 0; }
        td.code { overflow-wrap: anywhere; min-width: 14rem; }
        .kinds { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none; }
        .kinds li { padding: .25rem .8rem; background: var(--raised); border-radius: 2rem; font-size: .9375rem; }
        .timeline { margin: .75rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 10px; }
        svg { display: block; overflow: visible; }
        svg text { font-size: 12px; fill: var(--soft); }
        svg .lane { fill: var(--text); } svg .scale { fill: var(--soft); }
        svg .gap { fill: var(--text); font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 6px; }
        svg .base, svg line.tick { stroke: var(--line); } svg .stripe { fill: var(--line); }
        svg .bytes rect { fill: var(--bytes); } svg .content rect { fill: var(--content); }
        svg .structure rect { fill: var(--structure); } svg .pings rect { fill: var(--pings); }
        svg .unknown rect { fill: var(--unknown); }
        svg line.failure { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 3; }
        svg text.failure { fill: var(--bad); font-weight: 600; }
        figcaption { margin-top: .5rem; color: var(--soft); font-size: .875rem; }
        details { margin: .5rem 0; }
        summary { padding: .3rem 0; cursor: pointer; overflow-wrap: anywhere; }
        pre { margin: .5rem 0; padding: .8rem 1rem; background: var(--raised); border-radius: 10px; line-height: 1.5;
          white-space: pre-wrap; overflow-wrap: anywhere; }
        .line { display: block; padding-left: 7rem; text-indent: -7rem; }
        .line:hover { background: var(--page); }
        .line > * { text-indent: 0; }
        .offset { display: inline-block; width: 5.5rem; margin-right: 1rem; text-align: right; color: var(--soft);
          user-select: none; }
        .dump .named { font-size: .8em; }
        mark { background: var(--mark); color: var(--mark-text); border-radius: 2px; text-decoration: underline;
          text-decoration-thickness: 2px; text-underline-offset: .2em; }
        mark .named { color: inherit; border-color: currentcolor; }
        .back { font-size: .875rem; }
        footer { margin-top: 3.5rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }
        @media (max-width: 40rem) { body { padding: 0 .9rem 2rem; font-size: 15px; } h1 { font-size: 1.3rem; }
          .facts { grid-template-columns: 1fr 1fr; } .pairs { grid-template-columns: 1fr; }
          .verdict { padding: .8rem 1rem; } th, td { padding: .4rem .6rem; } .timeline { padding: .6rem; }
          pre { padding: .7rem .6rem; } .line { padding-left: 1rem; text-indent: -1rem; }
          .offset { width: auto; margin-right: .5rem; } .scale { display: none; } }
        @media print { body { max-width: none; } details { display: block; } }
        """
}
