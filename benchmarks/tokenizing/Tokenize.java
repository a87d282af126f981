import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.TokenizingConfig;
import java.nio.file.Path;

/**
 * Tokens per second of reading, tokenizing and packing a corpus: Tokenize CORPUS TOKENIZER THREADS SECONDS. Whole passes
 * until SECONDS have passed, since batches come out at the end of a shard only; after two seconds to warm up.
 */
public class Tokenize {
    private static final double WARM_UP = 2;

    public static void main(String[] arguments) {
        CorpusConfig config = CorpusConfig.of(arguments[0])
                .withTokenizing(new TokenizingConfig(Integer.valueOf(arguments[2]), null));
        try (Tokenizer tokenizer = Tokenizer.load(Path.of(arguments[1]))) {
            pass(config, tokenizer, WARM_UP);
            long tokens = 0;
            long began = System.nanoTime();
            while (seconds(began) < Double.parseDouble(arguments[3])) {
                tokens += pass(config, tokenizer, Double.POSITIVE_INFINITY);
            }
            System.out.println(Math.round(tokens / seconds(began)));
        }
    }

    private static long pass(CorpusConfig config, Tokenizer tokenizer, double limit) {
        long tokens = 0;
        long began = System.nanoTime();
        try (TokenBatchSource source = new TokenBatchSource(config, tokenizer, TokenBatchSource.Start.OF_CORPUS)) {
            while (seconds(began) < limit && source.hasNext()) {
                CorpusBatch batch = source.next();
                tokens += batch.rows() * (batch.length() - 1L);
            }
        }
        return tokens;
    }

    private static double seconds(long began) {
        return (System.nanoTime() - began) / 1e9;
    }
}
