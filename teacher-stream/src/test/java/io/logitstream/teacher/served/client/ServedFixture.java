package io.logitstream.teacher.served.client;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.config.ServerKind;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.standin.ServedWeights;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A tiny model with its tokenizer, and clients with short times. */
final class ServedFixture implements AutoCloseable {
    static final int VOCABULARY = TinyTeacher.PADDED;
    static final int K = 7;

    final ServedWeights weights;
    final Tokenizer tokenizer;

    ServedFixture(Path folder) throws IOException {
        TinyTeacher.write(folder, VOCABULARY);
        weights = ServedWeights.load(folder);
        tokenizer = Tokenizer.load(folder);
    }

    StandInServer server(Format format) {
        return StandInServer.start(format, weights, tokenizer);
    }

    static ServerKind kind(Format format) {
        return format.name().startsWith("VLLM") ? ServerKind.VLLM : ServerKind.SGLANG;
    }

    /** A client that repeats nothing. */
    TeacherServer connect(StandInServer server, Format format) {
        return connect(config(format, 0, server.url()));
    }

    TeacherServer connect(ServerConfig config) {
        return TeacherServers.connect(config, new ScoringRequirements(K, VOCABULARY, VOCABULARY), tokenizer);
    }

    static ServerConfig config(Format format, int retrySeconds, String... urls) {
        return new ServerConfig(kind(format), List.of(urls), null, null, 8, 30, retrySeconds, null, null);
    }

    /** Rows of random tokens, each longer than the one before by a token. */
    static int[][] rows(int count, int length) {
        return rows(count, length, Integer.MAX_VALUE);
    }

    /** Rows of random tokens, whose lengths are {@code length} to 1.5 times that. */
    static int[][] manyRows(int count, int length) {
        return rows(count, length, length / 2);
    }

    private static int[][] rows(int count, int length, int more) {
        Random random = new Random(3);
        int[][] rows = new int[count][];
        for (int i = 0; i < count; i++) {
            rows[i] = random.ints(length + i % more, 0, VOCABULARY).toArray();
        }
        return rows;
    }

    @Override
    public void close() {
        weights.close();
        tokenizer.close();
    }
}
