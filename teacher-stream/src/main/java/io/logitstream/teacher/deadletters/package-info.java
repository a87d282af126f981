/** Dead letters of a teacher stream: records that it could not use, with their address and the cause. */
package io.logitstream.teacher.deadletters;
