# client: google-cloud-bigquery (Python) on EKS
# packages: google-cloud-bigquery
# place: eks
"""A query with a parameter in a Pod on EKS. Nothing in it deals with credentials."""

from google.cloud import bigquery


def main():
    client = bigquery.Client()
    query = """
        SELECT id, name
        FROM `hoge_dataset.fuga_table`
        WHERE id >= @least
        ORDER BY id
    """
    config = bigquery.QueryJobConfig(
        query_parameters=[bigquery.ScalarQueryParameter("least", "INT64", 1)]
    )
    for row in client.query(query, job_config=config).result():
        print(row.id, row.name)


if __name__ == "__main__":
    main()
