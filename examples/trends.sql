-- What changed for certain: papertide export --format csv --query "$(cat trends.sql)"
select entity, class, strength, round(exp(change), 1) as times, why
from gold.trend_tests
where kind = 'term' and grain = 'month' and slice = 'all' and strength = 'established'
order by rank, entity
