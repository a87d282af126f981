import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.TokenPublisher;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.commons.io.file.PathUtils;
import org.apache.kafka.clients.admin.Admin;

/**
 * Tokens per second of publishing a corpus to an embedded broker, over and over, all of it in this process:
 * Publish CORPUS TOKENIZER THREADS SECONDS. Counted from the first commit after two seconds.
 */
public class Publish {
    private static final long BEGIN_NANOS = 2_000_000_000L;

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("publish");
        long seconds = Long.parseLong(arguments[3]);
        CorpusConfig config = mixture(arguments[0]).withTokenizing(new TokenizingConfig(Integer.valueOf(arguments[2]), null));
        try (Tokenizer tokenizer = Tokenizer.load(Path.of(arguments[1]));
                EmbeddedCluster cluster = EmbeddedCluster.start(folder, EmbeddedSettings.defaults())) {
            KafkaSettings kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
            try (Admin admin = Admin.create(kafka.admin())) {
                TopicAdmin.ensure(admin, new TopicSettings("tokens", 4, null, null, null));
            }
            AtomicReference<TokenPublisher> publisher = new AtomicReference<>();
            long began = System.nanoTime();
            long[] first = {0, 0};
            long[] last = {0, 0};
            publisher.set(new TokenPublisher(kafka, "tokens", config, tokenizer, (batches, tokens, fraction) -> {
                long now = System.nanoTime();
                if (now - began > BEGIN_NANOS && first[0] == 0) {
                    first[0] = now;
                    first[1] = tokens;
                }
                last[0] = now;
                last[1] = tokens;
                if (first[0] != 0 && now - first[0] > seconds * 1_000_000_000L) {
                    publisher.get().close();
                }
            }));
            publisher.get().publish();
            System.out.println(Math.round((last[1] - first[1]) / ((last[0] - first[0]) / 1e9)));
        } finally {
            PathUtils.deleteDirectory(folder);
        }
    }

    /** The corpus again and again, as the only source of a mixture. */
    private static CorpusConfig mixture(String corpus) {
        Map<String, MixtureSource> sources =
                Map.of("texts", new MixtureSource(corpus, 1.0, 1_000_000, null, null, null, null, null));
        return new CorpusConfig(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, sources);
    }
}
