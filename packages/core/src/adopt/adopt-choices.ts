/** What the person who adopts decides where a folder leaves it open. */
export interface AdoptChoices {
  /** Of the graphs; default: the most exact that the folder has. */
  readonly precision?: string;
  /** The graph, by its path in the folder, where several are there or its name is not the usual one. */
  readonly graph?: string;
  /** In the order of the outputs; default: the folder's own. */
  readonly labels?: readonly string[];
  /** What makes scores of a classifier's numbers; `none` for a graph that gives scores. Default: what its graph says. */
  readonly activation?: "softmax" | "sigmoid" | "none";
  /** The tasks that the model is to answer, of those that it can; default: all of them. */
  readonly tasks?: readonly string[];
  /** Whose resizing is followed, where the folder's own pipeline runs on Pillow as well as on torchvision; default: the file's. */
  readonly arithmetic?: "pillow-12" | "pillow-13" | "torchvision";
  /** Width and height of pictures in pixels, for a folder that does not say. */
  readonly size?: readonly [width: number, height: number];
  /** True where only whether the folder fits is asked: artifacts then have no digests, and cannot be opened. */
  readonly isTrial?: boolean;
}
