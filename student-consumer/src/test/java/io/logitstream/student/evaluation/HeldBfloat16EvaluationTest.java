package io.logitstream.student.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.student.config.StudentConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sums of an evaluation with a teacher whose weights are in bfloat16, against the same weights in float32. */
class HeldBfloat16EvaluationTest {
    private static final int VOCABULARY = 64;

    @TempDir
    private Path folder;

    @Test
    void theSumsAreTheSameToTheBit() throws IOException {
        StudentConfig shape = new StudentConfig(8, 1, 2, 1, 12, true, null);
        try (LanguageModel model = LanguageModels.create(shape.model(VOCABULARY, 16, 0), 1, "cpu")) {
            LanguageModels.save(model, folder, DataType.BFLOAT16);
        }

        double[] converting = sums(Precision.FLOAT32);
        double[] holding = sums(Precision.BFLOAT16);

        assertThat(holding).isEqualTo(converting);
        assertThat(holding[0]).isPositive();
    }

    private double[] sums(Precision held) {
        double[] sums = new double[Evaluator.SUMS];
        try (LanguageModel student = LanguageModels.load(folder, "cpu");
                CausalModel teacher = LanguageModels.load(folder, "cpu", held);
                NDManager scope = student.newScope();
                TorchScript kernels = TorchScript.load(scope, Evaluator.class, "evaluation.py")) {
            NDArray ids_BT = scope.arange(40f)
                    .mul(17)
                    .mod(VOCABULARY)
                    .toType(DataType.INT64, true)
                    .reshape(new Shape(4, 10));
            Evaluator.add(
                    kernels,
                    student.outputs(ids_BT, VOCABULARY),
                    teacher.outputs(ids_BT, VOCABULARY, Precision.BFLOAT16),
                    ids_BT.reshape(new Shape(40, 1)),
                    VOCABULARY,
                    sums);
        }
        return sums;
    }
}
