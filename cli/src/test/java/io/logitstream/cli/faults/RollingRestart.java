package io.logitstream.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Restarts all parts of a pipeline, one after the other, with SIGTERM, as an operator who upgrades them does. Each must
 * be at work again before it is the next one's turn, and no other part may end meanwhile.
 */
final class RollingRestart {
    private final Pipeline pipeline;

    RollingRestart(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    void run() throws Exception {
        pipeline.await("all parts are at work", pipeline::isAtWork);
        int before = retries();
        for (String broker : List.of("broker-1", "broker-2", "broker-3")) {
            restart(broker, pipeline.cluster()::isReplicated);
        }
        restart("registry", pipeline::registryAnswers);
        for (String writer : List.of("teacher1", "teacher2", "producer")) {
            restart(writer, () -> true);
            long end = pipeline.cluster().end(Pipeline.LOGITS);
            pipeline.await(
                    "logits come after a restart of " + writer,
                    () -> pipeline.cluster().end(Pipeline.LOGITS) > end);
        }
        for (String student : pipeline.students()) {
            String checkpoint = pipeline.checkpoint(student);
            restart(student, () -> !pipeline.checkpoint(student).equals(checkpoint));
        }
        assertThat(retries() - before)
                .as("parts that have ended with an error while others were restarted")
                .isZero();
    }

    private void restart(String name, BooleanSupplier atWork) throws Exception {
        Part part = pipeline.part(name);
        part.terminate();
        part.start();
        pipeline.await(name + " is at work again", atWork);
    }

    private int retries() {
        return pipeline.parts().stream().mapToInt(Part::retries).sum();
    }
}
