import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.nio.file.Path;

/** Tokens per second of reading, tokenizing and packing a corpus: Tokenize CORPUS TOKENIZER THREADS SECONDS. */
public class Tokenize {
    public static void main(String[] arguments) {
        CorpusConfig config = CorpusConfig.of(arguments[0])
                .withTokenizing(new TokenizingConfig(Integer.valueOf(arguments[2]), null));
        try (Tokenizer tokenizer = Tokenizer.load(Path.of(arguments[1]))) {
            long tokens = 0;
            long began = System.nanoTime();
            long end = began + (long) (1e9 * Double.parseDouble(arguments[3]));
            while (System.nanoTime() < end) {
                try (TokenBatchSource source =
                        new TokenBatchSource(config, tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
                    while (source.hasNext() && System.nanoTime() < end) {
                        CorpusBatch batch = source.next();
                        tokens += batch.rows() * (batch.length() - 1L);
                    }
                }
            }
            System.out.println(Math.round(tokens / ((System.nanoTime() - began) / 1e9)));
        }
    }
}
