package io.logitstream.teacher.served.wire;

import io.logitstream.messages.UsageException;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.ServedModel;
import java.io.IOException;
import java.util.List;

/** What is particular to one kind of server. */
public interface ServerDialect {
    /**
     * Asks a server which model it has.
     *
     * @param server the server
     * @param wanted name of the model; null for the only one
     * @throws UsageException if there is no such model, or the server cannot be used as it was started
     * @throws AnswerException if an answer cannot be used
     */
    ServedModel identify(ServerInfo server, String wanted) throws IOException, InterruptedException, AnswerException;

    /** The endpoints for scoring, preferred first; a server may lack all but the last. */
    List<ScoringEndpoint> endpoints(String model, ScoringRequirements requirements);

    /**
     * Explains a refusal that concerns all requests.
     *
     * @param words the server's words
     * @param requirements what was asked for
     * @return what is wrong and what to do; null for any other refusal
     */
    String explain(String words, ScoringRequirements requirements);
}
