# client: google-cloud-bigquery (Python) on ECS
# packages: google-cloud-bigquery pandas db-dtypes
# place: ecs
"""A query in an ECS task, into a data frame. Nothing in it deals with credentials."""

from google.cloud import bigquery


def main():
    client = bigquery.Client(project="foo-project")
    query = """
        SELECT id, name
        FROM `foo-project.hoge_dataset.fuga_table`
        ORDER BY id
    """
    frame = client.query(query).to_dataframe(create_bqstorage_client=False)
    print(frame.to_string(index=False, header=False))


if __name__ == "__main__":
    main()
