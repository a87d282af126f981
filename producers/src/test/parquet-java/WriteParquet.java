import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * Writes the files of the tests with parquet-java 1.18.1 (parquet-hadoop, hadoop-client-runtime 3.4.1, lz4-java and
 * jackson-databind on the class path): java -cp 'lib/*' WriteParquet.java FOLDER, where FOLDER holds texts.jsonl.
 */
public class WriteParquet {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        List<String> lines = Files.readAllLines(folder.resolve("texts.jsonl"));
        for (String codec : List.of("uncompressed", "snappy", "gzip", "zstd", "lz4", "lz4_raw")) {
            write(folder, codec, lines, WriterVersion.PARQUET_1_0);
        }
        write(folder, "v2", lines, WriterVersion.PARQUET_2_0);
    }

    private static void write(Path folder, String name, List<String> lines, WriterVersion version) throws Exception {
        MessageType schema = MessageTypeParser.parseMessageType(
                "message m { required int64 id; optional binary text (STRING); optional binary url (STRING); }");
        Path file = folder.resolve("parquet-java-" + name + ".parquet");
        Files.deleteIfExists(file);
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withType(schema)
                .withCompressionCodec(CompressionCodecName.valueOf(name.equals("v2") ? "ZSTD" : name.toUpperCase()))
                .withWriterVersion(version)
                .withRowGroupSize(4096L)
                .withPageSize(1000)
                .build()) {
            SimpleGroupFactory groups = new SimpleGroupFactory(schema);
            ObjectMapper json = new ObjectMapper();
            for (int i = 0; i < lines.size(); i++) {
                writer.write(groups.newGroup()
                        .append("id", (long) i)
                        .append("text", json.readTree(lines.get(i)).get("text").asText())
                        .append("url", "https://example.org/" + i));
            }
        }
    }
}
