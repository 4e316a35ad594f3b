/** What a model is for where nobody says more than which tasks it answers: that of the first. */
export function usualRole(tasks: readonly string[]): string {
  const [task = "model"] = tasks;
  return Object.hasOwn(roles, task) ? (roles[task] ?? "") : task.replaceAll("-", "_");
}

const roles: Readonly<Record<string, string>> = {
  "classify-image": "image_classification",
  "describe-image": "image_description",
  "detect-objects": "object_detection",
  "embed-image": "image_embedding",
  "embed-text": "text_embedding",
  "estimate-depth": "depth_estimation",
  "estimate-pose": "pose",
  "match-image": "image_embedding",
  "match-video": "video_classification",
  "score-image": "image_quality",
  "segment-image": "image_segmentation",
  "segment-objects": "object_segmentation",
  "transcribe-audio": "speech_recognition",
};
