-- Questions and their SQL, for `papertide sql`, Thrift and, but for the functions, any other
-- reader. A question is a line that begins with "--- "; its query follows. All run in the tests.

--- What rises, how sure is that, and why?
select entity as term, class, strength, round(exp(change), 2) as times, why
from gold.trend_tests
where kind = 'term' and grain = 'month' and slice = 'all'
  and strength is not null and change > 0
order by rank limit 10;

--- What topics rise by week, surest first?
select t.label, x.class, x.strength, round(exp(x.change), 2) as times, x.why
from gold.trend_tests x join gold.topics t on t.topic_id = x.entity and t.is_current
where x.kind = 'topic' and x.grain = 'week' and x.slice = 'all'
  and x.strength is not null and x.change > 0
order by x.rank limit 10;

--- What fades, and why?
select entity as term, class, strength, round(exp(change), 2) as times, why
from gold.trend_tests
where kind = 'term' and grain = 'month' and slice = 'all'
  and strength is not null and change < 0
order by rank limit 10;

--- What burst: what had a week far above its own usual share?
select term, period, n, round(share_low, 4) as at_least, round(usual, 4) as usual
from (
  select term, period, n, share_low, avg(share) over (
    partition by term order by period rows between 8 preceding and 1 preceding) as usual
  from gold.term_trends where grain = 'week' and slice = 'all' and is_complete)
where share_low > usual
order by share_low - usual desc, term, period limit 10;

--- What trends today, and what is it about?
select round(s.score, 3) as score, p.title, t.label
from gold.scores s join silver.papers p using (paper_id)
left join gold.paper_topics pt using (paper_id)
left join gold.topics t on t.topic_id = pt.topic_id and t.is_current
where s.as_of = (select max(as_of) from gold.scores)
order by s.score desc, paper_id limit 10;

--- Why does it trend: votes, citations, freshness or its neighbours?
select p.title, round(votes_part, 2) as votes, round(citations_part, 2) as citations,
  round(recency_part, 2) as fresh,
  round(neighbors_part, 2) as neighbours
from gold.scores s join silver.papers p using (paper_id)
where s.as_of = (select max(as_of) from gold.scores)
order by s.score desc, paper_id limit 10;

--- What is new and unlike all that came before?
select p.title, p.dated_on, round(s.novelty, 3) as novelty
from gold.scores s join silver.papers p using (paper_id)
where s.as_of = (select max(as_of) from gold.scores) and s.novelty is not null
order by s.novelty desc, paper_id limit 10;

--- Who works on it: the authors with most papers of the largest topic?
select author.name as name, count(*) as papers
from (
  select explode(p.authors) as author
  from silver.papers p join gold.paper_topics pt using (paper_id)
  where pt.topic_id = (select topic_id from gold.topics where is_current and level = 3
                       order by papers desc, topic_id limit 1))
group by author.name order by papers desc, name limit 10;

--- Which papers are cited most?
select c.cited_by, c.cited_by_last_year, p.title, p.dated_on
from gold.citation_counts c join silver.papers p using (paper_id)
order by c.cited_by desc, paper_id limit 10;

--- Which countries work together?
select a, b, sum(papers) as papers, round(sum(weight), 2) as weight
from gold.collaborations where kind = 'country' and grain = 'year'
group by a, b order by papers desc, weight desc, a, b limit 10;

--- What is like this paper (here: the one that trends most)?
select n.rank, round(n.cosine, 3) as cosine, p.title, n.is_earlier
from gold.neighbors n join silver.papers p on p.paper_id = n.neighbor_id
where n.paper_id = (select paper_id from gold.scores
                    order by as_of desc, score desc, paper_id limit 1)
order by n.rank;

--- What is like this text?
select round(cosine(e.vector, embed('learning from human preferences')), 3) as cosine, p.title
from silver.embeddings e join silver.papers p using (paper_id)
order by cosine desc, paper_id limit 10;

--- What topic would a paper like this one have?
select paper_topic(vector) as topic, count(*) as papers
from silver.embeddings group by topic order by papers desc, topic limit 10;

--- What share of the papers of these weeks has the term?
select term, round(term_share(term, first, last), 4) as share
from (select distinct term from gold.term_trends)
cross join (select min(period) as first, max(period_end) as last
            from gold.period_totals where grain = 'day' and slice = 'all')
order by share desc, term limit 10;

--- What did we believe on a date: the topics as readers saw them then, beside today's?
select coalesce(now.label, 'gone') as now, coalesce(past.label, 'not there') as past
from (select topic_id, label from gold.topics where is_current) now
full join (select topic_id, label from as_of('gold.topics', current_date()) where is_current) past
  using (topic_id)
order by now, past;

--- How did the topics come to be?
select l.version, l.relation, l.old_topic_id, t.label, round(l.similarity, 3) as similarity
from gold.topic_lineage l left join gold.topics t
  on t.topic_id = l.new_topic_id and t.version = l.version
order by l.version, l.relation, t.label;

--- What do the topics say in their own words?
select label, papers, transform(slice(terms, 1, 5), x -> x.term) as terms
from gold.topics where is_current and level = 3 order by papers desc, topic_id;

--- What fits no topic?
select p.title, round(pt.similarity, 3) as nearest
from gold.paper_topics pt join silver.papers p using (paper_id)
where not pt.fits order by pt.similarity, paper_id limit 10;

--- Which phrases go together in one paper?
select a.phrase as one, b.phrase as other, count(*) as papers
from silver.keyphrases a join silver.keyphrases b on a.paper_id = b.paper_id and a.phrase < b.phrase
group by a.phrase, b.phrase order by papers desc, one, other limit 10;

--- How many papers a month, and how many of them have an abstract?
select period, papers, papers_with_abstract, is_complete
from gold.period_totals where grain = 'month' and slice = 'all' order by period;

--- Which records were joined into one paper, and why?
select rule, count(*) as records, round(avg(score), 2) as score, min(evidence) as evidence
from silver.identity group by rule order by records desc, rule;

--- What did the last run do, and what did it cost?
select stage, verdict, rows_in, rows_new, rows_changed, quarantined, round(seconds, 1) as seconds
from ops.stages where run_id = (select run_id from ops.runs order by at desc limit 1)
order by started_at;
