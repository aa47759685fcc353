# client: google-cloud-bigquery (Python) on EC2
# packages: google-cloud-bigquery
# place: ec2
"""A query on an EC2 instance. Nothing in it deals with credentials."""

from google.cloud import bigquery


def main():
    client = bigquery.Client(project="foo-project")
    query = """
        SELECT *
        FROM `foo-project.hoge_dataset.fuga_table`
        LIMIT 10
    """
    for row in client.query(query).result():
        print(dict(row))


if __name__ == "__main__":
    main()
