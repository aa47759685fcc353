// client: google-cloud-bigquery (Java)
// packages: com.google.cloud:google-cloud-bigquery:2.76.0
// variables: JAVA_TOOL_OPTIONS GCE_METADATA_HOST
// caveat: a JVM reads no proxy variable and no PEM: JAVA_TOOL_OPTIONS and a trust store

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.FormatOptions;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.TableDataWriteChannel;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.WriteChannelConfiguration;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A query, and a load from memory by a resumable upload. */
class JavaBigQuery {
  static void check(boolean good, String what) {
    if (!good) throw new IllegalStateException("wrong: " + what);
  }

  static long load(BigQuery client) throws Exception {
    WriteChannelConfiguration configuration =
        WriteChannelConfiguration.newBuilder(TableId.of("hoge_dataset", "loaded_by_java"))
            .setFormatOptions(FormatOptions.csv())
            .setWriteDisposition(JobInfo.WriteDisposition.WRITE_TRUNCATE)
            .setSchema(
                Schema.of(
                    Field.of("id", StandardSQLTypeName.INT64),
                    Field.of("name", StandardSQLTypeName.STRING)))
            .build();
    TableDataWriteChannel channel = client.writer(configuration);
    try (channel) {
      channel.write(ByteBuffer.wrap("1,a\n2,b\n3,c\n".getBytes(StandardCharsets.UTF_8)));
    }
    Job job = channel.getJob().waitFor();
    check(job.getStatus().getError() == null, String.valueOf(job.getStatus().getError()));
    return client.getTable("hoge_dataset", "loaded_by_java").getNumRows().longValue();
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println(
        "version: google-cloud-bigquery " + BigQuery.class.getPackage().getImplementationVersion());
    BigQuery client = BigQueryOptions.newBuilder().setProjectId("foo-project").build().getService();
    long rows =
        client
            .query(
                QueryJobConfiguration.of("SELECT id, name FROM hoge_dataset.fuga_table ORDER BY id"))
            .getTotalRows();
    check(rows == 5, rows + " rows");
    long loaded = load(client);
    check(loaded == 3, loaded + " rows loaded");
    System.out.println("got: 5 rows, 3 loaded");
    System.exit(0); // its threads would keep it alive for a while
  }
}
