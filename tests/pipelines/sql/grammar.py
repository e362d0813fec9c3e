"""Statements drawn at random from a grammar of Spark SQL and Delta, most of them hostile.

A rule is a list of alternatives, and `<name>` in one stands for the rule of that name. The first
alternative of a rule is short: it is taken where a statement has grown deep. What is drawn is spoiled
now and then: a token is lost, doubled, moved, or written in another way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

_PLACE = re.compile(r"<([a-z_]+)>")
_TOKEN = re.compile(r"""'(?:\\.|[^'])*'|"[^"]*"|`[^`]*`|\w+|\s+|.""", re.DOTALL)
_DEEPEST = 6
_SPOILED = 0.15
_BLANKS = (" ", "\n", "\t", " /* x */ ", " -- y\n", " /*+ x */ ", "\u00a0", "\u3000", "/**/", "\r\n",
           "\u200b", " /* a /* b */ c */ ")  # fmt: skip
# Letters that look like others, or become others in upper or lower case.
_LOOKALIKES = {
    "t": "\uff54",
    "k": "\u212a",
    "s": "\u017f",
    "i": "\u0131",
    "e": "\u0435",
    "a": "\u0430",
}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


# {w} is the warehouse, {s} a folder elsewhere, {c} a property of the JVM.
RULES: Mapping[str, Sequence[str]] = {
    "statement": _lines("""
        <query>
        <query>
        <query>
        <query>
        <look>
        <look>
        <session>
        <view>
        <view>
        <write>
        <write>
        <define>
        <change>
        <resource>
        <delta>
        <other>
        explain <explained> <statement>
        <ctes> <query>
        <ctes> <write>
    """),
    "explained": ("", *_words("extended codegen cost formatted logical analyze")),
    # Queries.
    "query": _lines("""
        select <value>
        select <value> from <relation>
        select <value> from <relation>
        select <hint> <quantity> <value>, <value> from <relation> <joins> <clauses>
        select <value> as a from <relation> where <condition> group by <groups> having <condition>
        <query> <setop> <query>
        (<query>) order by <value> limit <number>
        from <relation> select <value>
        from <relation> <lateral> select <value>, a where <condition>
        <ctes> select <value> from t
        values (<value>), (<value>)
        table <name>
        select <value> from <relation> pivot (count(*) for a in (1, 2))
        select <value> from <relation> unpivot (v for n in (a, b))
        select <value> over w from <relation> window w as (partition by <value> order by <value>)
        select <value> from <relation> cluster by <value>
        select <value> from <relation> distribute by <value> sort by <value>
        <odd_query>
    """),
    "odd_query": _lines("""
        select transform(<value>) using <script> as (a string) from <relation>
        from (<query>) map a using <script> as b
        from (<query>) reduce a using <script> as b
        select <value> from <relation> limit <value> offset <number>
    """),
    "ctes": _lines("""
        with t as (<query>)
        with t(a) as (<query>), u as (<query>)
        with text as (<query>), gold as (<query>)
        with t as (with t as (<query>) select * from t)
        with recursive t as (<query>)
    """),
    "quantity": ("", "", "distinct", "all"),
    "setop": _words("union intersect except minus") + ("union all", "except all", "union by name"),
    "hint": ("", "", "", "<hinted>"),
    "hinted": _lines("""
        /*+ broadcast(t) */
        /*+ repartition(2) */
        /*+ merge(<name>), coalesce(1) */
        /*+ repartition(<number>, <value>) */
        /*+ <function>(<value>) */
        /*+ identifier('x') */
    """),
    "joins": ("", "", "<joined>", "<joined> <joined>"),
    "joined": _lines("""
        join <relation> using (a)
        cross join <relation>
        natural join <relation>
        left outer join <relation> on <condition>
        left semi join <relation> on <condition>
        left anti join <relation> on <condition>
        , lateral (<query>) l
        , <relation>
        join lateral (<query>) on <condition>
        <lateral>
    """),
    "lateral": (
        "lateral view explode(array(1)) e as a",
        "lateral view outer <function>(<arguments>) e as a",
        "lateral view <called>(<arguments>) e",
    ),
    "clauses": ("", "", "", "where <condition>", "group by <groups>", "order by <value> nulls last",
                "tablesample (10 percent)", "for version as of 0", "having <condition>"),
    "groups": ("1", "all", "<value>", "rollup (<value>)", "cube (a)", "<value> with cube",
               "grouping sets ((<value>), ())"),
    "relation": _lines("""
        <name>
        <name>
        <name>
        <name> as t
        (<query>) t
        (<query>)
        <name> tablesample (<number> rows)
        values (<value>) as t(a)
        (<relation> <joined>)
        <odd_relation>
        <odd_relation>
    """),
    "odd_relation": _lines("""
        <named>
        <named>
        <rows>
        <rows>
        identifier(<identified>)
        identifier(<identified>) <travel>
        <name> <travel>
        <named> <travel>
        stream <name>
        stream(<named>)
        <name> with (<option>)
        <name> tablesample (bucket 1 out of 2 on a)
        lateral (<query>)
        table(<query>)
    """),
    "rows": _lines("""
        range(3)
        range(1, 3) as t(a)
        as_of('gold.topics', current_date())
        <function>(<arguments>)
        explode(array(<value>))
        sql_keywords()
        stack(1, <value>)
        inline(array(struct(<value>)))
        <odd_rows>
    """),
    "odd_rows": _lines("""
        as_of(<text>, <text>)
        <called>(<arguments>)
        <function>(table(<query>))
        <function>(table <name>)
        identifier('range')(3)
        identifier('table_changes')('gold.topics', 0)
        table_changes('gold.topics', 0)
        table_changes(<text>, 0)
        table_changes_by_path('{w}/gold/topics', 0)
        read_files('{s}/text')
        spark_catalog.gold.range(1)
        system.builtin.range(1)
        json_tuple(<value>, <value>)
    """),
    "travel": ("version as of 0", "version as of 2", "timestamp as of <value>",
               "for system_time as of current_timestamp()", "for system_version as of 1", "@v0"),
    "option": ("path = '{s}/text'", "header = true", "'versionAsOf' = 2"),
    # Names.
    "name": _lines("""
        gold.topics
        gold.topics
        silver.papers
        ops.runs
        bronze.records
        spark_catalog.gold.topics
        `gold`.`topics`
        Gold . Topics
        <odd_name>
    """),
    "odd_name": _lines("""
        topics
        mine
        t
        default.mine
        global_temp.mine
        session.mine
        gold.other
        `gold.topics`
        topics.label
        evil.gold.topics
    """),
    "named": _lines("""
        <source>.<path>
        <source>.<path>
        <source>.<path>
        spark_catalog.<source>.<path>
        gold.<path>
        <path>
        <source>.gold.<path>
        `<source>`.<path>
        <source>.`<source>`.<path>
    """),
    "source": _lines("""
        text
        csv
        json
        parquet
        orc
        delta
        `delta`
        `text`
        DELTA
        binaryFile
        avro
        jdbc
        image
        libsvm
        noop
        hive
        xml
        org.apache.spark.sql.execution.datasources.v2.text.TextDataSourceV2
        `org.apache.spark.sql.text`
        `org.apache.spark.sql.delta.sources.DeltaDataSource`
        org.apache.spark.sql.execution.datasources.text.TextFileFormat
    """),
    "path": _lines("""
        `{s}/text`
        `{s}/<kind>`
        `{s}/<kind>`
        `file:{s}/<kind>`
        `file://{s}/<kind>`
        `{s}/*`
        `{w}/gold/topics`
        `{w}/gold/topics@v2`
        `{w}/silver/papers/../../gold/topics`
        `{w}/_staging`
        `{w}/ops/runs`
        `/etc/passwd`
        `file:/etc/passwd`
        `/proc/self/environ`
        `http://127.0.0.1:9/x`
        `s3a://x/y`
        `jar:file:{s}/text!/x`
        `~/x`
    """),
    "kind": _words("text csv json parquet orc delta"),
    "identified": _lines("""
        'gold.topics'
        '<named>'
        '<named>'
        "<named>"
        '<source>' || '.<path>'
        concat('<source>', '.<path>')
        :p
        <value>
        upper('<named>')
        (select '<named>')
    """),
    "text": _lines("""
        'gold.topics'
        '<named>'
        '{s}/<kind>'
        '{w}/gold/topics'
        'x'
        ''
        null
        "{s}/text"
        r'\\x'
        '2026-11-24'
        '${env:HOME}'
        '${system:java.home}'
        '${spark.app.name}'
    """),
    # Expressions.
    "value": _lines("""
        1
        1
        'a'
        'a'
        *
        count(*)
        <text>
        <number>
        <function>(<arguments>)
        <function>(<arguments>)
        <function>(<arguments>)
        <function>(<arguments>)
        (<query>)
        exists (<query>)
        array(<value>, <value>)[0]
        transform(array(<value>), x -> <value>)
        transform(array(<value>), (x, i) -> x)
        case when <condition> then <value> else <value> end
        cast(<value> as <type>)
        try_cast(<value> as <type>)
        <value> + <value>
        <value> || <value>
        struct(<value> as a).a
        map('k', <value>)['k']
        named_struct('a', <value>)
        interval 1 day
        date '2026-01-01'
        x'ff'
        current_user()
        input_file_name()
        embed('low water')
        cosine(array(1.0), array(<value>))
        paper_topic(<value>)
        term_share(<value>, '2026-01-01', current_date())
        extract(year from <value>)
        trim(both <value> from <value>)
        substring(<value> from 1 for 2)
        position(<value> in <value>)
        sum(<value>) over (partition by <value> order by <value>)
        sum(<value>) filter (where <condition>)
        first(<value>) ignore nulls
        percentile_cont(0.5) within group (order by <value>)
        ! <condition>
        - <number>
        <odd_value>
        <odd_value>
    """),
    "odd_value": _lines("""
        <called>(<arguments>)
        <called>('java.lang.System', 'setProperty', '{c}', '1')
        <called>('java.lang.System', 'setProperty', '{c}', <value>)
        <value>::string
        :p
        ?
        @@version
        ${env:HOME}
        input_file_block_start()
        _metadata
        _metadata.file_path
        t.*
        `(a|b)?+.+`
        a.b.c
        identifier(<identified>)
        identifier('label')
        <value> as (a, b)
        <value> at time zone 'UTC'
        array(<value>) as `x y`
        {fn now()}
    """),
    "number": _words("1 0 2 9 1.5 1e2 3L"),
    "type": _words("string string int date timestamp double boolean map<string,int> "
                   "struct<a:int> decimal(9,2) variant") + ("interval day to second", "array< int>"),
    "condition": _lines("""
        true
        <value> = <value>
        <value> is not distinct from <value>
        <value> in (<query>)
        <value> in (<value>, 1)
        exists (<query>)
        <value> like <text>
        <value> rlike 'a'
        <value> between <value> and <value>
        <value> is null
        not <condition>
        <condition> and <condition>
        <odd_condition>
    """),
    "odd_condition": _lines("""
        (<value>, <value>) in (<query>)
        <value> like any (<text>, 'a')
        <value> = any (<query>)
    """),
    "arguments": ("<value>", "", "<value>, <value>", "<value>, <value>, <value>", "<text>", "<text>, <text>",
                  "*", "distinct <value>", "a => <value>", "map('a', 'b'), <value>", "<value>, 'a int'",
                  "<value>, 'a int', map('path', '{s}/text')"),
    "called": _lines("""
        reflect
        java_method
        try_reflect
        REFLECT
        `reflect`
        `java_method`
        builtin.reflect
        system.builtin.java_method
        session.reflect
        default.reflect
        gold.reflect
        spark_catalog.default.reflect
        identifier('reflect')
        identifier('java' || '_method')
        identifier(:f)
        xpath_string
        xpath
        org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection
        hive.reflect
    """),
    "script": ("'cat'", "'cat {s}/text'", "'sh -c \"cat {s}/text\"'", "'touch {w}/x'"),
    # Commands that look.
    "look": _lines("""
        show tables
        show tables in <space>
        show tables in identifier(<identified>)
        show table extended in <space> like '*'
        show table extended like <text> partition (a = 1)
        show views in <space>
        show columns in <relation>
        show columns in <name> in <space>
        show databases
        show namespaces in <space>
        show databases like <text>
        show functions
        show all functions like <text>
        show functions in <space>
        show user functions
        show create table <relation>
        show create table <name> as serde
        show tblproperties <relation>
        show tblproperties <name> ('a')
        show partitions <relation>
        show catalogs
        show current database
        describe <relation>
        describe extended <relation>
        describe formatted <relation> <value>
        describe <name> partition (a = 1)
        describe query <query>
        describe <query>
        describe function <function>
        describe function extended <called>
        describe function <text>
        describe database <space>
        describe database extended <space>
        describe detail <relation>
        describe history <relation>
        describe table as json <relation>
        list jars
        list files
        list archives
        list jar '{s}/text'
    """),
    "space": _lines("""
        gold
        default
        silver
        spark_catalog
        spark_catalog.gold
        global_temp
        evil
        evil.gold
        <source>
        <named>
        session
        system.builtin
        information_schema
        identifier(<identified>)
        `gold.topics`
    """),
    # The session.
    "session": _lines("""
        use <space>
        use database <space>
        use catalog <space>
        set catalog <space>
        set catalog 'evil'
        set
        set -v
        set <setting>
        set <setting> = <setto>
        set <setting> = <setto>
        set <setting>=<setto>
        set `<setting>` = `<setto>`
        set `<setting>` = <setto>
        set system:{c} = 1
        set env:x = 1
        set hivevar:x = <text>
        set hiveconf:x = <text>
        set metaconf:x = 1
        set time zone <text>
        set time zone 'Europe/Lisbon'
        set time zone local
        set time zone interval 1 hour
        set role admin
        set var x = <value>
        set variable (x) = (<query>)
        reset
        reset <setting>
        reset `<setting>`
        declare variable x int default <value>
        declare x = <value>
        drop temporary variable x
        execute immediate <text>
        execute immediate '<statement>'
        begin <statement>; end
        clear cache
        cache table <relation>
        cache lazy table x options ('storageLevel' 'DISK_ONLY') as <query>
        uncache table <name>
        refresh table <relation>
        refresh function <function>
        refresh <text>
        refresh {s}/text
    """),
    "setting": _lines("""
        spark.sql.session.timeZone
        spark.sql.ansi.enabled
        SPARK.SQL.ANSI.ENABLED
        spark.sql.legacy.timeParserPolicy
        spark.sql.variable.substitute
        spark.sql.runSQLOnFiles
        spark.sql.debug.maxToStringFields
        spark.sql.catalog.evil
        spark.sql.extensions
        spark.sql.files.ignoreCorruptFiles
        spark.sql.legacy.storeAnalyzedPlanForView
        spark.sql.ansi.doubleQuotedIdentifiers
        spark.sql.sources.default
        spark.sql.warehouse.dir
        spark.hadoop.fs.s3a.secret.key
        spark.master
        spark.databricks.delta.retentionDurationCheck.enabled
        spark.databricks.delta.properties.defaults.appendOnly
        spark.delta.logStore.class
        mapred.reduce.tasks
        papertide.x
        java.io.tmpdir
    """),
    "setto": _lines("""
        true
        UTC
        false
        1
        LEGACY
        org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog
        {s}
        ${env:HOME}
        a, spark.sql.runSQLOnFiles = true
        true; set spark.sql.variable.substitute = true
    """),
    "view": _lines("""
        create temporary view mine as <query>
        create or replace temporary view mine as <query>
        create or replace temporary view topics as <query>
        create or replace temporary view text as <query>
        create or replace temporary view mine (a comment 'x') comment 'y' as <query>
        create or replace temporary view mine tblproperties ('a' = 'b') as <query>
        create or replace temporary view <relation> as <query>
        create or replace temporary view mine as <ctes> <query>
        create or replace temp view identifier(<identified>) as <query>
        create or replace global temporary view mine as <query>
        create or replace view <name> as <query>
        create view if not exists default.mine as <query>
        create or replace temporary view mine using <source> options (path '{s}/text')
        create temporary view mine (a string) using <source> options ('path' = '{s}/<kind>')
        alter view mine as <query>
        alter view <name> as <query>
        alter view mine rename to other
        alter view mine set tblproperties ('a' = 'b')
        drop view mine
        drop view if exists <name>
        drop view <relation>
    """),
    # Commands that write.
    "write": _lines("""
        insert into <name> <query>
        insert into <relation> <query>
        insert overwrite <relation> <query>
        insert overwrite table <relation> partition (a = 1) <query>
        insert into <relation> (a) <query>
        insert into <relation> by name <query>
        insert into <relation> replace where <condition> <query>
        insert into identifier(<identified>) <query>
        insert overwrite directory '{s}/x' using <source> <query>
        insert overwrite directory using <source> options (path '{s}/x') <query>
        insert overwrite local directory '{s}/x' <query>
        insert overwrite directory '{w}/x' row format delimited fields terminated by ',' <query>
        from (<query>) insert into <relation> select * insert overwrite <relation> select *
        from <relation> insert overwrite <relation> select <value>
        update <relation> set a = <value> where <condition>
        update <relation> t set label = <value>
        delete from <relation>
        delete from <relation> where <condition>
        merge into <relation> t using <relation> s on <condition> when matched then delete
        merge into <relation> using (<query>) s on true when not matched then insert *
        merge with schema evolution into <relation> using <relation> s on true when matched then update set *
        truncate table <relation>
        load data local inpath '{s}/text' overwrite into table <relation>
        copy into <relation> from '{s}/text' fileformat = text
    """),
    "define": _lines("""
        create table x as <query>
        create table <relation> using <source> as <query>
        create table if not exists default.x (a int) using <source> location '{s}/<kind>'
        create or replace table <relation> using delta location '{w}/gold/topics' as <query>
        create table x like <name> using <source> location '{w}/x'
        create external table x (a string) row format delimited stored as textfile location '{s}/text'
        create table x using <source> options (path '{s}/<kind>')
        create table x (a int generated always as identity) using delta
        replace table <relation> using delta as <query>
        create table x shallow clone <relation>
        create or replace table <relation> deep clone <relation> version as of 0
        create database x location '{s}/x'
        create database if not exists x comment 'x' with dbproperties ('a' = 'b')
        create temporary function f as 'org.apache.hadoop.hive.ql.udf.UDFAbs'
        create or replace function f as 'java.lang.Runtime' using jar '{s}/text'
        create function f(a int) returns int return a
        create temporary function f(a int) returns table (b int) return <query>
        create temporary macro f(a int) a + 1
        create index i on <relation> (a)
        create role r
        comment on table <relation> is 'x'
        comment on database <space> is 'x'
    """),
    "change": _lines("""
        drop table <relation>
        drop table if exists <name> purge
        drop database <space> cascade
        drop function <function>
        drop temporary function if exists <function>
        drop temporary function embed
        undrop table <relation>
        alter table <relation> add columns (b int)
        alter table <relation> drop column a
        alter table <relation> rename to <name>
        alter table <relation> rename column label to other
        alter table <relation> set tblproperties ('delta.appendOnly' = 'true')
        alter table <relation> unset tblproperties ('a')
        alter table <relation> alter column label type binary
        alter table <relation> set location '{s}/x'
        alter table <relation> add partition (a = 1) location '{s}/x'
        alter table <relation> drop if exists partition (a = 1)
        alter table <relation> recover partitions
        alter table <relation> set serde 'x' with serdeproperties ('a' = 'b')
        alter table <relation> add constraint c check (<condition>)
        alter table <relation> drop constraint c
        alter table <relation> drop feature deletionVectors truncate history
        alter table <relation> cluster by (a)
        alter database <space> set location '{s}/x'
        alter database <space> set dbproperties ('a' = 'b')
        analyze table <relation> compute statistics
        analyze table <name> compute statistics for all columns
        analyze tables in <space> compute statistics noscan
        msck repair table <relation>
        repair table <relation> sync partitions
    """),
    "resource": _lines("""
        add jar '{s}/text'
        add jar {s}/text
        add jar ivy://org.x:y:1
        add jars '{s}/text' '{s}/csv'
        add file '{s}/text'
        add files {w}/gold
        add archive '{s}/text'
        delete jar '{s}/text'
        dfs -ls {s}
        ! cat {s}/text
        source {s}/text
        compile x
        export table <relation> to '{s}/x'
        import table x from '{s}/x'
    """),
    "delta": _lines("""
        vacuum <relation>
        vacuum '{w}/gold/topics' retain 0 hours
        vacuum <relation> retain 0 hours dry run
        optimize <relation>
        optimize '{w}/gold/topics' where <condition> zorder by (a)
        reorg table <relation> apply (purge)
        reorg table <relation> apply (upgrade uniform (iceberg_compat_version = 2))
        restore table <relation> to version as of 0
        restore <relation> to timestamp as of '2026-01-01'
        describe detail '{w}/gold/topics'
        describe history <relation> limit 1
        generate symlink_format_manifest for table <relation>
        convert to delta <relation>
        convert to delta parquet.`{s}/parquet` no statistics partitioned by (a int)
        fsck repair table <relation>
    """),
    "other": _lines("""
        call system.x(<value>)
        grant select on <relation> to x
        revoke all on <relation> from x
        lock table <name> exclusive
        start transaction
        commit
        rollback
        show transactions
        show grant on <relation>
        show roles
        <value>
        (<statement>)
        <statement>; <statement>
        <relation>
        {call f()}
        kill query 1
        prepare q from <text>
    """),
}  # fmt: skip


def statements(seed: int, functions: Sequence[str]) -> Callable[[], str]:
    """What draws the next statement: the same ones for the same seed and names of functions."""
    random = Random(seed)
    rules = {**RULES, "function": functions}

    def draw() -> str:
        text = _grown(rules, "statement", random, _DEEPEST)
        while random.random() < _SPOILED:
            text = _spoiled(text, random)
        return text

    return draw


def _grown(rules: Mapping[str, Sequence[str]], name: str, random: Random, depth: int) -> str:
    alternatives = rules[name]
    chosen = random.choice(alternatives) if depth > 0 else alternatives[0]
    return _PLACE.sub(lambda place: _grown(rules, place[1], random, depth - 1), chosen)


def _spoiled(text: str, random: Random) -> str:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return text
    at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
    way = random.choice((_lost, _doubled, _swapped, _cased, _blanked, _likened, _quoted, _ended))
    return "".join(way(tokens, at, other, random))


def _lost(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    return [*tokens[:at], *tokens[at + 1 :]]


def _doubled(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    return [*tokens[:at], tokens[other], *tokens[at:]]


def _swapped(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    tokens[at], tokens[other] = tokens[other], tokens[at]
    return tokens


def _cased(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    return [token.upper() if token.isidentifier() else token for token in tokens]


def _blanked(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    blank = random.choice(_BLANKS)
    return [blank if token.isspace() else token for token in tokens]


def _likened(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    tokens[at] = "".join(_LOOKALIKES.get(letter, letter) for letter in tokens[at])
    return tokens


def _quoted(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    mark = random.choice("`'\"")
    tokens[at] = f"{mark}{tokens[at]}{mark}"
    return tokens


def _ended(tokens: list[str], at: int, other: int, random: Random) -> list[str]:
    tokens[at] += random.choice(";\\\0)(}")
    return tokens
