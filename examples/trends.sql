-- What changed for certain: papertide export --format csv --query "$(cat trends.sql)"
select entity, class, n, growth, q_value
from gold.trend_tests
where kind = 'term' and grain = 'month' and slice = 'all' and class <> 'steady'
order by q_value nulls last, entity
