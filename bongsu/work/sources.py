"""Sources of the work programme: publisher, licence and vintage of every raw table. Indices are in indices.toml."""

from bongsu.core.provenance import Origin, Source
from bongsu.work.exposure.indices import indices

EMPLOYMENT_ISCO1 = Source(
    name="employment-isco1-sex",
    package="bongsu.work",
    resource="tables/employment_isco1_sex.csv",
    origin=Origin(
        publisher="International Labour Organization",
        title="ILOSTAT: employment by sex and occupation (ISCO-08 major groups), each group's latest year",
        address="https://ilostat.ilo.org",
        licence="CC-BY-4.0",
        attribution="ILOSTAT, International Labour Organization",
    ),
    vintage="2025",
)
EMPLOYMENT_ISCO2 = Source(
    name="employment-isco2",
    package="bongsu.work",
    resource="tables/employment_isco2.csv",
    origin=Origin(
        publisher="A jagged global economy (dataset), from ILOSTAT",
        title="Employment shares by ISCO-08 sub-major group, 141 countries",
        address="https://ilostat.ilo.org",
        licence="CC-BY-4.0",
        attribution="“A jagged global economy”; ILOSTAT, International Labour Organization",
    ),
    vintage="undated",
)
EMPLOYMENT_ISCO3 = Source(
    name="employment-isco3",
    package="bongsu.work",
    resource="tables/employment_isco3.csv",
    origin=Origin(
        publisher="Nesta",
        title="EU Labour Force Survey: employment by ISCO-08 minor group, France, Italy, United Kingdom, 2014 to 2018",
        address="https://github.com/nestauk",
        licence="MIT",
        attribution="Nesta, from the EU Labour Force Survey (Eurostat)",
    ),
    vintage="2020",
)
EMPLOYMENT_SOC = Source(
    name="employment-soc",
    package="bongsu.work",
    resource="tables/employment_soc.csv",
    origin=Origin(
        publisher="US Bureau of Labor Statistics",
        title="Occupational Employment and Wage Statistics, national, May 2015, May 2021, May 2024",
        address="https://www.bls.gov/oes/",
        licence="Public domain (United States Government)",
        attribution="US Bureau of Labor Statistics, OEWS",
    ),
    vintage="May 2015; May 2021; May 2024",
)
AI_POSTINGS = Source(
    name="ai-postings",
    package="bongsu.work",
    resource="tables/ai_postings.csv",
    origin=Origin(
        publisher="Indeed Hiring Lab",
        title="AI tracker: share of job postings that mention AI, monthly mean of daily values",
        address="https://github.com/hiring-lab/ai-tracker",
        licence="CC-BY-4.0",
        attribution="Indeed Hiring Lab",
    ),
    vintage="2026-06-30",
)
IMPACT_SWEDEN = Source(
    name="impact-study-sweden-2022-12",
    package="bongsu.work",
    resource="tables/impact/sweden-2022-12.json",
    origin=Origin(
        publisher="canaries-sweden; study by this project",
        title="Register employment in Sweden by occupation, month and age: event study around December 2022",
        address="",
        licence="CC-BY-4.0",
        attribution="canaries-sweden (register employment); own computation",
    ),
    vintage="2025-06",
)

INDICES = tuple(index.source for index in indices().values())
SOURCES = (*INDICES, EMPLOYMENT_ISCO1, EMPLOYMENT_ISCO2, EMPLOYMENT_ISCO3, EMPLOYMENT_SOC, AI_POSTINGS, IMPACT_SWEDEN)
