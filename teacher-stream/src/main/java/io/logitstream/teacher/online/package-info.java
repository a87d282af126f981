/**
 * Online logits: logits that a model emits while it is being trained, instead of logits of a finished teacher.
 *
 * <p>The words, in all modules: a training <em>emits</em> its logits ({@code pretrain --emit-logits}) to an
 * <em>emitter</em>; logits that are in a topic are <em>emitted logits</em>. In student-consumer, {@code LogitsEmitter}
 * is the interface that a training calls, and {@code StepEmitter} numbers the steps. In pipeline,
 * {@code LogitsTopicEmitter} implements the interface with {@code EmittedLogitsWriter} of this package. The writer
 * selects and encodes the logits on an {@code EmitThread}, compares repeated steps with the {@code EmittedSteps} of the
 * topic, and writes new ones through an {@code EmittedLogitsProducer}.
 */
package io.logitstream.teacher.online;
