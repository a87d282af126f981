package io.logitstream.cli.commands;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.stages.TeacherAnnouncer;
import io.logitstream.teacher.announcement.TeacherAnnouncement;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "announce",
        mixinStandardHelpOptions = true,
        description = {
            "Announces another teacher to the running teacher stream of the logits topic. All its"
                    + " instances and threads switch to it at their next record.",
            "Each instance loads the teacher from the path given here. This command first checks its"
                    + " configuration, the shapes of its weights and its tokenizer. An instance that cannot use"
                    + " the teacher says so in its log and keeps the one it has."
        })
public final class AnnounceCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Option(
            names = "--teacher",
            paramLabel = "DIR",
            required = true,
            description = "Hugging Face folder of the teacher, such as a checkpoint of pretrain")
    private Path teacher;

    @Option(
            names = "--id",
            paramLabel = "NAME",
            description = "name of the teacher in the records; by default the name of its folder")
    private String id;

    @Option(
            names = "--step",
            paramLabel = "STEP",
            description = "the teacher's training step; by default the one in its checkpoint")
    private Long step;

    @Override
    public Integer call() {
        LogitstreamConfig config = common.load();
        TeacherAnnouncement announced = TeacherAnnouncer.announce(common::kafka, config, teacher, id, step);
        System.out.printf(
                "announced in topic %s for logits topic %s: %s, weights %s%n",
                config.topics().teachers(), config.topics().logits(), announced.path(), announced.weightsHash());
        return 0;
    }
}
