package io.logitstream.teacher.served.client;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.config.ServerKind;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.sglang.SglangDialect;
import io.logitstream.teacher.served.vllm.VllmDialect;
import io.logitstream.teacher.served.wire.ServerDialect;
import java.time.Duration;

/** Connects to servers. */
public final class TeacherServers {
    /** No server of a large model restarts within this time. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    private TeacherServers() {}

    /**
     * Connects to the servers of a configuration: asks for their model, compares the tokenizer, and scores a short text
     * at each address. An address that cannot be reached is left out and tried again, unless it is the only one.
     *
     * @param config addresses and limits
     * @param requirements what the answers must hold
     * @param tokenizer tokenizer of the prompts, used only during this call
     * @return the server; the caller closes it
     * @throws UsageException if the configuration does not fit the servers
     * @throws LogitstreamException if no server can be reached, or an answer cannot be used
     */
    public static TeacherServer connect(ServerConfig config, ScoringRequirements requirements, Tokenizer tokenizer) {
        return connect(config, requirements, tokenizer, IDLE);
    }

    /**
     * Connects to servers.
     *
     * @param idle time without a request after which the model is verified again
     */
    static TeacherServer connect(
            ServerConfig config, ScoringRequirements requirements, Tokenizer tokenizer, Duration idle) {
        HttpAccess http = new HttpAccess(config);
        ServerDialect dialect = config.api() == ServerKind.VLLM ? new VllmDialect() : new SglangDialect();
        AddressPool pool = new AddressPool(config.url(), idle);
        try {
            ServerStart start = new ServerStart(http, dialect, pool, config, requirements);
            ServedModel model = start.identify();
            Probe probe = new Probe(tokenizer, model);
            ModelVerifier verifier = new ModelVerifier(http, dialect, model, probe);
            return new HttpTeacherServer(
                    model,
                    start.endpoint(probe, verifier),
                    new ScoringJob.Context(pool, dialect, requirements, verifier, config.retrySeconds()),
                    http,
                    config);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while connecting to " + String.join(", ", config.url()), e);
        }
    }
}
