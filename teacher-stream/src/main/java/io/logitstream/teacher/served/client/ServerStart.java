package io.logitstream.teacher.served.client;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.client.ServerFailure.Kind;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.ScoringEndpoint;
import io.logitstream.teacher.served.wire.ServerDialect;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks at start. Every address is asked; one that is down or busy is left out if another one answers. While none
 * scores the probe, although one has told its model, the probe is repeated.
 */
final class ServerStart {
    private static final Logger LOG = LoggerFactory.getLogger(ServerStart.class);

    private final HttpAccess http;
    private final ServerDialect dialect;
    private final AddressPool pool;
    private final ServerConfig config;
    private final ScoringRequirements requirements;
    private final List<Address> reachable = new ArrayList<>();

    ServerStart(
            HttpAccess http,
            ServerDialect dialect,
            AddressPool pool,
            ServerConfig config,
            ScoringRequirements requirements) {
        this.http = http;
        this.dialect = dialect;
        this.pool = pool;
        this.config = config;
        this.requirements = requirements;
    }

    /** Asks all addresses for their model, which must be the same. */
    ServedModel identify() throws InterruptedException {
        ServedModel model = null;
        Map<Address, ServerFailure> failures = new LinkedHashMap<>();
        for (Address address : pool.addresses()) {
            try {
                ServedModel found =
                        ModelVerifier.identify(http, dialect, address.url(), config.model(), ServerStart::unattended);
                if (model == null) {
                    model = found;
                } else {
                    ModelVerifier.requireSame(
                            address.url(), found, model, reachable.get(0).url() + " has");
                }
                reachable.add(address);
            } catch (ServerFailure failure) {
                // An address that answers, but not as such a server does, is a mistake in the configuration.
                if (!passes(failure)) {
                    throw failed(failure);
                }
                failures.put(address, failure);
            }
        }
        if (model == null) {
            throw failed(failures.get(pool.addresses().get(failures.size() - 1)));
        }
        failures.forEach(pool::leaveOut);
        requireLimits(model);
        return model;
    }

    private void requireLimits(ServedModel model) {
        String address = reachable.get(0).url();
        if (model.maxLogprobs() != null && model.maxLogprobs() < requirements.entries()) {
            throw new UsageException(address + " "
                    + dialect.explain("logprobs greater than max allowed: " + model.maxLogprobs(), requirements));
        }
        if (model.vocabularySize() != null && model.vocabularySize() < requirements.vocabularySize()) {
            throw new UsageException(address + " has a model with a vocabulary of " + model.vocabularySize()
                    + ", but the tokenizer has " + requirements.vocabularySize()
                    + " tokens; give the tokenizer of model " + model.name() + " as teacher");
        }
    }

    private static boolean passes(ServerFailure failure) {
        return failure.kind() == Kind.DOWN || failure.kind() == Kind.BUSY;
    }

    private static LogitstreamException failed(ServerFailure failure) {
        return new LogitstreamException(failure.getMessage() + "; " + failure.advice(), failure);
    }

    /** Finds the preferred endpoint that the servers have, by scoring the probe at each address. */
    ScoringEndpoint endpoint(Probe probe, ModelVerifier verifier) throws InterruptedException {
        List<ScoringEndpoint> candidates = dialect.endpoints(verifier.expected().name(), requirements);
        ServerFailure last = null;
        for (ScoringEndpoint candidate : candidates) {
            try {
                requireProbe(candidate, probe, verifier);
                return candidate;
            } catch (ServerFailure failure) {
                last = failure;
                String explained = dialect.explain(failure.words(), requirements);
                if (explained != null) {
                    throw new UsageException(reachable.get(0).url() + " " + explained);
                }
                if (passes(failure)) {
                    break;
                }
            }
        }
        throw failed(last);
    }

    private void requireProbe(ScoringEndpoint endpoint, Probe probe, ModelVerifier verifier)
            throws ServerFailure, InterruptedException {
        ScoringExchange exchange = new ScoringExchange(http, endpoint, requirements, config);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(config.retrySeconds());
        for (int attempt = 1; ; attempt++) {
            Map<Address, ServerFailure> failures = new LinkedHashMap<>();
            ServerFailure last = null;
            for (Address address : reachable) {
                try {
                    requireProbe(address, exchange, probe, verifier);
                } catch (ServerFailure failure) {
                    if (!passes(failure) || dialect.explain(failure.words(), requirements) != null) {
                        throw failure;
                    }
                    failures.put(address, failure);
                    last = failure;
                }
            }
            if (failures.size() < reachable.size()) {
                failures.forEach(pool::leaveOut);
                reachable.removeAll(failures.keySet());
                return;
            }
            long delay = RetryDelay.nanos(attempt, last.retryAfter());
            if (System.nanoTime() + delay - end > 0) {
                throw last;
            }
            if (attempt == 1) {
                LOG.warn("{}; repeated for {} s (teach.server.retrySeconds)", last.getMessage(), config.retrySeconds());
            }
            TimeUnit.NANOSECONDS.sleep(delay);
        }
    }

    private void requireProbe(Address address, ScoringExchange exchange, Probe probe, ModelVerifier verifier)
            throws ServerFailure, InterruptedException {
        try {
            probe.requireTokenizer(
                    new HttpServerInfo(http, address.url(), ServerStart::unattended),
                    verifier.expected().name());
        } catch (IOException | AnswerException e) {
            throw ModelVerifier.failure(address.url(), e);
        }
        verifier.score(address.url(), exchange, ServerStart::unattended);
        pool.verified(address);
    }

    // Nobody ends the exchanges at start early; they have a deadline.
    private static void unattended(Runnable end) {}
}
